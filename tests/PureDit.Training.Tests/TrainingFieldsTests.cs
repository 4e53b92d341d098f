using System.Text.Json.Nodes;

namespace PureDit.Training.Tests;

public class TrainingFieldsTests
{
    private static ConfigurationException Refused(string json) =>
        Assert.Throws<ConfigurationException>(() => TrainingFields.Read(json, "c.json"));

    [Fact]
    public void EveryFieldOfTheConfiguration_IsInTheTable_InOrder()
    {
        JsonObject json = JsonNode.Parse(TrainingFields.Write(new TrainingConfig()))!.AsObject();
        Assert.Equal(json.Select(field => field.Key), TrainingFields.All.Select(field => field.Name));
    }

    [Fact]
    public void WriteThenRead_IsTheIdentity()
    {
        TrainingConfig config = new() { Data = "series", Csv = "a \"b\".csv", Columns = ["x", "y"], LearningRate = 1.25e-7, Seed = long.MaxValue };
        TrainingConfig read = TrainingFields.Read(TrainingFields.Write(config), "c.json");
        Assert.Equal(config with { Columns = [] }, read with { Columns = [] });
        Assert.Equal(config.Columns, read.Columns);
    }

    [Fact]
    public void EmptyObject_IsTheDefault() =>
        Assert.Equal(new TrainingConfig() with { Columns = [] }, TrainingFields.Read("{}", "c.json") with { Columns = [] });

    [Theory]
    [InlineData("{\"widht\": 64}", "unknown field 'widht'")]
    [InlineData("{\"Width\": 64}", "unknown field 'Width'")]
    [InlineData("{\"width\": 64, \"width\": 32}", "not a JSON configuration")]
    [InlineData("{\"width\": 64, \"w\\u0069dth\": 32}", "not a JSON configuration")]
    [InlineData("{\"width\": 0}", "width: expected 8 … 8192, got 0")]
    [InlineData("{\"steps\": 1e20}", "steps: expected a whole number")]
    [InlineData("{\"steps\": 2.5}", "steps: expected a whole number")]
    [InlineData("{\"learningRate\": 1e999}", "learningRate")]
    [InlineData("{\"learningRate\": -1}", "learningRate: expected 0 … 10, got -1")]
    [InlineData("{\"learningRate\": \"0.1\"}", "learningRate: expected a number")]
    [InlineData("{\"objective\": \"eps\"}", "objective: expected noise | x0 | v, got 'eps'")]
    [InlineData("{\"objective\": null}", "objective")]
    [InlineData("{\"sampler\": \"dmp\"}", "sampler: expected")]
    [InlineData("{\"recompute\": 1}", "recompute: expected true or false, got 1")]
    [InlineData("{\"recompute\": \"true\"}", "recompute: expected true or false")]
    [InlineData("{\"recompute\": null}", "recompute: expected true or false, got null")]
    [InlineData("{\"heads\": 5}", "heads: expected a divisor of width 64, got 5")]
    [InlineData("{\"data\": \"series\"}", "csv: expected a file")]
    [InlineData("{\"columns\": \"a\"}", "columns: expected a list")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("null", "expected a JSON object")]
    [InlineData("", "not a JSON configuration")]
    [InlineData("{\"width\": 64,}", "not a JSON configuration")]
    [InlineData("{} {}", "not a JSON configuration")]
    [InlineData("{\"columns\": [[[[[[1]]]]]]}", "not a JSON configuration")]
    public void BadConfiguration_IsRefusedByName(string json, string message) =>
        Assert.Contains(message, Refused(json).Message, StringComparison.Ordinal);

    [Fact]
    public void With_TakesTextAsOnTheCommandLine()
    {
        KeyValuePair<string, string>[] options =
            [new("width", "32"), new("learningRate", "1e-4"), new("columns", "Open, High"), new("objective", "x0"), new("weightDecay", ".5"), new("recompute", "true")];
        TrainingConfig config = TrainingFields.With(new TrainingConfig(), options);
        Assert.Equal((32, 1e-4, "x0", 0.5), (config.Width, config.LearningRate, config.Objective, config.WeightDecay));
        Assert.Equal(["Open", "High"], config.Columns);
        Assert.True(config.Recompute);
        Assert.False(TrainingFields.With(config, [new("recompute", "false")]).Recompute);
    }

    [Theory]
    [InlineData("width", "wide", "width: expected a whole number")]
    [InlineData("width", "1,5", "width: expected a whole number")]
    [InlineData("learningRate", "NaN", "learningRate")]
    [InlineData("recompute", "yes", "recompute: expected true or false, got \"yes\"")]
    [InlineData("lr", "1", "unknown field 'lr'")]
    public void With_BadText_IsRefusedByName(string name, string value, string message)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => TrainingFields.With(new TrainingConfig(), [new(name, value)]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Option_IsTheKebabCaseOfTheName() =>
        Assert.Equal("--learning-rate", TrainingFields.All.Single(field => field.Name == "learningRate").Option);
}
