using PureDit.Training;

namespace PureDit.Laboratory.Tests;

/// <summary>
/// Experiments that train, at one seed and sizes below the quick ones: their criteria hold, and fail for a network that
/// was not trained or that saw more than it was given.
/// </summary>
public sealed class TrainedExperimentTests
{
    private static readonly ExperimentOptions OneSeed = new(Quick: true, Seeds: 1);
    private static readonly TrainingConfig Small = TrainedNetwork.Small with { EvaluationSequences = 256 };

    private static SamplesSetting Samples(int steps) => new(6, 4, [32, 256, 2048], 4096, Small with { Steps = steps });

    private static AttentionSetting Attention(int steps) => new(10, [4, 16], Small with { Steps = steps });

    private static DecaySetting Decay(int steps) => new(6, [(1, 1), (1, 4), (1, 16), (2, 4)], Small with { Steps = steps });

    private static LengthSetting Length(int steps) => new([4, 12], 1, 8, 2048, Small with { Steps = steps, TrainingSequences = 512 });

    [Fact]
    public void Samples_Passes() => Passes(new SamplesExperiment { Setting = Samples(600) }, "error of Γ: largest growth", "log-log slope", "Σ over what"); // of means over seeds

    [Fact]
    public void Samples_OfANetworkThatSawMore_IsALeak() =>
        Fails(new SamplesExperiment { Setting = Samples(300) with { Counts = [16, 32] }, Leak = 64 }, "Σ over what", "plug-in's");

    [Fact]
    public void Samples_OfAnUntrainedNetwork_Fails() => Fails(new SamplesExperiment { Setting = Samples(0) with { Counts = [32, 256] } }, "largest n over", "slope");

    [Fact]
    public void Attention_Passes() => Passes(new AttentionExperiment { Setting = Attention(600) });

    [Fact]
    public void Attention_OfAnUntrainedNetwork_Fails() =>
        Fails(new AttentionExperiment { Setting = Attention(0) }, "share of the map", "share above", "whole: correlation", "whole: that", "diagonal: that", "row-normalised Γ, off", "fitted length", "row-normalised Σ", "channel tokens: that");

    [Fact]
    public void Decay_Passes() => Passes(new DecayExperiment { Setting = Decay(600) });

    [Fact]
    public void Decay_OfAnUntrainedNetwork_Fails() => Fails(new DecayExperiment { Setting = Decay(0) }, "score of 0");

    [Fact]
    public void Length_Passes() => Passes(new LengthExperiment { Setting = Length(600) });

    [Fact]
    public void Length_OfAnUntrainedNetwork_Fails() => Fails(new LengthExperiment { Setting = Length(0) }, "relative score error: largest");

    [Fact]
    public void TrainedNetwork_IsAFunctionOfItsSeed()
    {
        TrainingConfig config = Small with { Steps = 5 };
        float[] Weights(int seed) => TrainedNetwork.Of(LaboratoryProcess.Of(4, 1, 2).Process, config, seed, "network", new()).Model.Network.Parameters["final_layer.linear.weight"].Data.ToArray();
        Assert.Equal(Weights(3), Weights(3));
        Assert.NotEqual(Weights(3), Weights(4));
    }

    private static void Passes(IExperiment experiment, params string[] notOfOneSeed)
    {
        List<double> progress = [];
        ExperimentResult result = experiment.Run(OneSeed, new Recorder(progress));
        Assert.All(result.Criteria.Where(c => !notOfOneSeed.Any(c.Name.Contains)), c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Criteria, c => Assert.True(c.Floor is null || c.Value >= c.Floor, $"{c.Name}: below its floor"));
        Assert.All(result.Figures, f => Assert.Contains("κ", f.Svg, StringComparison.Ordinal));
        Assert.All(result.Tables, table => Assert.NotEmpty(table.ToCsv()));
        Assert.Equal(progress.Order(), progress);
        Assert.All(progress, done => Assert.InRange(done, 0, 1));
    }

    private static void Fails(IExperiment experiment, params string[] parts)
    {
        string[] failed = [.. experiment.Run(OneSeed).Criteria.Where(c => !c.Pass).Select(c => c.Name)];
        Assert.All(parts, part => Assert.Contains(failed, name => name.Contains(part, StringComparison.Ordinal)));
    }

    private sealed class Recorder(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
