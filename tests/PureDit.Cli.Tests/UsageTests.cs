using System.Globalization;
using PureDit.Formats;
using PureDit.Training;

namespace PureDit.Cli.Tests;

public sealed class UsageTests : IDisposable
{
    // So that a value that is taken by mistake costs the test a second and not minutes.
    private static readonly string[] Brief = ["--training-sequences", "8", "--minutes", "0.001", "--samples", "8", "--evaluation-sequences", "8"];
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Theory]
    [InlineData("trian", "train")]
    [InlineData("inspct", "inspect")]
    public void AnUnknownVerb_IsNamedWithTheNearest(string verb, string nearest) => _runner.Run(verb).ExpectError(2, $"'{verb}'", nearest);

    [Fact]
    public void NoVerb_AndNoArgument_AreUsageErrors()
    {
        _runner.Run().ExpectError(2, "no verb", "puredit --help");
        _runner.Run("train").ExpectError(2, "puredit train --help");
        _runner.Run("sample", "x").ExpectError(2, "--count");
        _runner.Run("inspect", "a", "b").ExpectError(2, "'b'");
    }

    [Theory]
    [InlineData("--lerning-rate", "1", "--learning-rate")]
    [InlineData("--frmes", "8", "--frames")]
    public void AnUnknownOption_IsNamedWithTheNearest(string option, string value, string nearest) =>
        _runner.Run("train", "gp", option, value).ExpectError(2, $"'{option}'", nearest);

    [Theory]
    [InlineData("--learning-rate", "11", "learningRate", "0 … 10")]
    [InlineData("--learning-rate", "-1e-9", "learningRate", "0 … 10")]
    [InlineData("--learning-rate", "1e999", "learningRate", "number")]
    [InlineData("--learning-rate", "NaN", "learningRate", "number")]
    [InlineData("--steps", "0", "steps", "got 0")]
    [InlineData("--steps", "2.5", "steps", "whole number")]
    [InlineData("--steps", "1,000", "steps", "whole number")]
    [InlineData("--steps", "99999999999999999999", "steps", "whole number")]
    [InlineData("--heads", "5", "heads", "divisor")]
    [InlineData("--objective", "eps", "objective", "noise | x0 | v")]
    [InlineData("--recompute", "maybe", "recompute", "true or false")]
    [InlineData("--recompute", "--heads=5", "heads", "divisor")]
    [InlineData("--sampler", "oiler", "sampler", "ddpm")]
    [InlineData("--covariance", "cubic(ell=1)", "covariance", "exponential-power")]
    [InlineData("--csv", "a.csv", "csv", "data 'gp'")]
    [InlineData("--run", "../escape", "run", "../escape")]
    public void AValueOutOfRange_IsRefusedByName(string option, string value, string field, string expected)
    {
        _runner.Run(["train", "gp", option, value, .. Brief]).ExpectError(2, field, expected);
        Assert.False(Directory.Exists(_runner.PathOf("runs")));
    }

    [Theory]
    [InlineData("""{ "learningRat": 1 }""", "learningRat")]
    [InlineData("""{ "steps": "many" }""", "steps")]
    [InlineData("""{ "steps": 1, "steps": 2 }""", "steps")]
    [InlineData("""{ "columns": null }""", "columns")]
    [InlineData("""{ "columns": [null] }""", "columns")]
    [InlineData("""{ "columns": ["A", "A"] }""", "columns")]
    [InlineData("""{ "depth": 1000 }""", "depth")]
    [InlineData("""[1]""", "object")]
    [InlineData("""{ "steps": 1 """, "not a JSON configuration")]
    public void AConfigurationThatIsWrong_IsRefusedByName(string json, string named)
    {
        File.WriteAllText(_runner.PathOf("wrong.json"), json);
        _runner.Run(["train", "wrong.json", .. Brief]).ExpectError(2, named);
    }

    [Fact]
    public void AConfigurationThatIsNotThere_IsSaidSo()
    {
        _runner.Run("train", "none.json").ExpectError(4, "none.json");
        _runner.Run("train", "pg").ExpectError(2, "'pg'", "did you mean gp?");
        _runner.Run("evaluate", "nothing").ExpectError(2, "'nothing'");
    }

    [Theory]
    [InlineData]
    [InlineData("train")]
    [InlineData("resume")]
    [InlineData("sample")]
    [InlineData("evaluate")]
    [InlineData("inspect")]
    [InlineData("verify")]
    [InlineData("bench")]
    public void Help_ListsTheExitCodes(params string[] verb)
    {
        CommandResult help = _runner.Run([.. verb, "--help"]).Expect(0);
        Assert.Contains("129, 130, 143", help.Out, StringComparison.Ordinal);
        Assert.Contains("--json", help.Out, StringComparison.Ordinal);
        Assert.Equal("", help.Error);
    }

    [Fact]
    public void HelpOfTrain_NamesEveryFieldWithItsRange()
    {
        string help = _runner.Run("train", "gp", "--help").Expect(0).Out;
        foreach (TrainingField field in TrainingFields.All.Where(field => field.Name != "data"))
        {
            Assert.Contains(field.Option + (field.Name == "frames" ? "," : " "), help, StringComparison.Ordinal);
        }

        string range = string.Create(CultureInfo.InvariantCulture, $"peak learning rate [0 … 10; default {new TrainingConfig().LearningRate}]");
        Assert.Contains(range, string.Join(' ', help.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Version_IsANumber() => Assert.Matches(@"^\d+\.\d+\.\d+", _runner.Run("--version").Expect(0).Out);

    [Fact]
    public void EveryKindOfFailure_HasItsExitCode()
    {
        Assert.Equal(1, Failure.Of(new InvalidOperationException("x")).Code);
        Assert.Equal(2, Failure.Of(new ConfigurationException("x")).Code);
        Assert.Equal(3, Failure.Of(Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(Array.Empty<byte>()))).Code);
        Assert.Equal(4, Failure.Of(new UnauthorizedAccessException("x")).Code);
        Assert.Equal(4, Failure.Of(new IOException("disk full")).Code);
        Assert.Equal(5, Failure.Of(new TrainingDivergedException(new SkippedStep(7, 0, "the loss"), 10)).Code);
        Assert.Equal(4, Failure.Of(new CheckpointException("disk full", new IOException())).Code);
        Assert.Equal(6, Failure.Of(new InsufficientMemoryException()).Code);
    }

    [Fact]
    public void Messages_CarryNoControlCharacters()
    {
        CommandResult result = _runner.Run("inspect", "a\u001b[2Jb\nc");
        result.ExpectError(4);
        Assert.DoesNotContain('\u001b', result.Error);
        Assert.Equal(2, result.Error.TrimEnd('\n').Split('\n').Length);
    }
}
