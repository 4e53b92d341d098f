using System.Text.RegularExpressions;
using FsCheck.Fluent;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>Attention as a configuration asks for it: what is trained, what is saved, what is refused.</summary>
public sealed partial class AttentionFieldsTests
{
    private static readonly TrainingConfig s_bounded = Tiny.Config with { Heads = 4, Attention = "polynomial" };

    [Fact]
    public void Plain_IsTheDefault_AndTheOtherFieldsChangeNoBitOfIt()
    {
        Assert.Null(SequenceModel.Architecture(new TrainingConfig()).Attention);
        float[] weights = Tiny.Weights(Tiny.Train(Tiny.Config).Model);
        Near.SameBits(weights, Tiny.Weights(Tiny.Train(Tiny.Config with { AttentionError = 0.1, AttentionBound = 1 }).Model));
        Near.Varied(weights);
    }

    [Theory]
    [InlineData("exact", AttentionMode.Exact)]
    [InlineData("polynomial", AttentionMode.Polynomial)]
    [InlineData("auto", AttentionMode.Auto)]
    public void Fields_AreTheArchitectures_AndTheFiles(string attention, AttentionMode mode)
    {
        TrainingConfig config = s_bounded with { Attention = attention, AttentionError = 0.02, AttentionBound = 1.5 };
        Assert.Equal(new AttentionSettings(mode, 0.02, 1.5), SequenceModel.Architecture(config).Attention);
        string path = Path.GetTempFileName();
        try
        {
            SequenceModel.Create(config, GaussianProcessData.Draw(config)).Save(path);
            Assert.Equal(SequenceModel.Architecture(config), DiTWeights.Load(path).Config);
        }
        finally
        {
            File.Delete(path);
        }

        TrainingConfig read = TrainingFields.Read(TrainingFields.Write(config), "c.json");
        Assert.Equal((attention, 0.02, 1.5), (read.Attention, read.AttentionError, read.AttentionBound));
    }

    [Fact]
    public void Polynomial_TrainsAsExactDoes_WithinTheError()
    {
        float[] exact = Weights("exact", 1e-3), near = Weights("polynomial", 1e-6), loose = Weights("polynomial", 0.3), plain = Weights("plain", 1e-3);
        double close = Distance(exact, near), far = Distance(exact, loose);
        Assert.True(close > 0 && close < 1e-3, $"{close}");
        Assert.True(far > 10 * close, $"{far}, {close}: the comparison would see nothing");
        Assert.NotEqual(exact.Length, plain.Length); // gains

        static float[] Weights(string attention, double error) =>
            Tiny.Weights(Tiny.Train(s_bounded with { Attention = attention, AttentionError = error }).Model);
    }

    [Fact]
    public void Polynomial_IsTheSameToTheBit_OnAnyThreads_AndRecomputed()
    {
        float[] weights = Tiny.Weights(Tiny.Train(s_bounded).Model);
        Near.SameBits(weights, Tiny.Weights(Tiny.Train(s_bounded with { Threads = 3 }).Model));
        Near.SameBits(weights, Tiny.Weights(Tiny.Train(s_bounded with { Recompute = true }).Model));
    }

    [Fact]
    public void Refusal_NamesWhatWouldWork_AndThatWorks() => Law.Holds(
        from heads in Gen.Elements(1, 2, 4, 8, 16)
        from error in Gen.Elements(1e-12, 1e-9, 1e-6, 1e-3, 1e-2, 0.3)
        from bound in Gen.Elements(0.5, 1.0, 2.0, 4.0, 9.0, 40.0)
        select new TrainingConfig { Heads = heads, Attention = "polynomial", AttentionError = error, AttentionBound = bound },
        config =>
        {
            TrainingFields.Validate(config with { Attention = "exact" });
            TrainingFields.Validate(config with { Attention = "auto" });
            if (AttentionFields.Problem(config) is not { } problem)
            {
                Assert.True(AttentionDecision.Of(SequenceModel.Architecture(config))!.Plan.CertifiedError <= config.AttentionError);
                return;
            }

            Assert.ThrowsAny<ArgumentException>(SequenceModel.Architecture(config).Validate);
            Assert.Contains(problem, Assert.Throws<ConfigurationException>(() => TrainingFields.Validate(config)).Message, StringComparison.Ordinal);
            string others = problem[(problem.LastIndexOf(';') + 1)..];
            foreach (Match other in Field().Matches(others))
            {
                TrainingFields.Validate(TrainingFields.With(config with { Attention = "auto" }, [new(other.Groups[1].Value, other.Groups[2].Value), new("attention", "polynomial")]));
            }
        });

    [Fact]
    public void Refusal_OfTheDefaultHeads_NamesMore()
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => TrainingFields.Read("{\"attention\": \"polynomial\"}", "c.json"));
        Assert.StartsWith("c.json: attention: polynomial is out of reach: heads of 16 have", error.Message, StringComparison.Ordinal);
        Assert.Contains("heads 8, or attentionError", error.Message, StringComparison.Ordinal);
        Assert.Contains("attention exact or auto would work", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"attention\": \"linear\"}", "attention: expected plain | exact | polynomial | auto, got 'linear'")]
    [InlineData("{\"attention\": null}", "attention")]
    [InlineData("{\"attentionError\": 0}", "attentionError: expected 1E-12 … 0.5, got 0")]
    [InlineData("{\"attentionBound\": -1}", "attentionBound: expected 0.001 … 64, got -1")]
    public void BadFields_AreRefusedByName(string json, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => TrainingFields.Read(json, "c.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Samples_OfALoadedModel_AreThoseOfTheTrainedOne()
    {
        DiffusionModel model = Tiny.Train(s_bounded).Model;
        string path = Path.GetTempFileName();
        try
        {
            model.Save(path);
            SamplingOptions options = new() { Steps = 4, Seed = 3 };
            float[] expected = new float[2 * 15], actual = new float[2 * 15];
            model.Sample(2, options).FlattenTo(expected);
            DiffusionModel.Load(path).Sample(2, options).FlattenTo(actual);
            Near.SameBits(expected, actual);
            Near.Varied(actual);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double Distance(float[] a, float[] b) =>
        Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum() / a.Sum(x => (double)x * x));

    [GeneratedRegex("(heads|attentionError|attentionBound) ([0-9.E-]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Field();
}
