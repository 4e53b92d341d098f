using PureDit.GaussianProcess.Unrolled;

namespace PureDit.Laboratory.Tests;

/// <summary>Each experiment passes, and one with a wrong constant does not: a criterion that cannot fail proves nothing.</summary>
public sealed class ExperimentTests
{
    private static readonly ExperimentOptions Quick = new(Quick: true, Seeds: 2);

    // Experiments that train are tested at smaller sizes, in TrainedExperimentTests and UNetAndVideoTests.
    public static IEnumerable<object[]> Names => LaboratoryList.GaussianProcess
        .Where(experiment => experiment is not (SamplesExperiment or LengthExperiment or DecayExperiment or AttentionExperiment or UNetExperiment or VideoExperiment))
        .Select(experiment => new object[] { experiment.Name });

    [Theory]
    [MemberData(nameof(Names))]
    public void Experiment_PassesItsCriteria_AndItsControlsDoNot(string name)
    {
        List<double> progress = [];
        ExperimentResult result = LaboratoryList.GaussianProcess.Single(e => e.Name == name).Run(Quick, new Recorder(progress));
        Assert.All(result.Criteria, c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Criteria, c => Assert.True(c.Floor is null || c.Value >= c.Floor, $"{c.Name}: below its floor"));
        Assert.All(result.Figures, f => Assert.Contains("κ", f.Svg, StringComparison.Ordinal));
        Assert.All(result.Tables, table => Assert.NotEmpty(table.Rows));
        Assert.Equal(progress.Order(), progress);
        Assert.All(progress, done => Assert.InRange(done, 0, 1));
    }

    [Fact]
    public void Unrolling_OfStepsThreePercentTooLong_Fails() =>
        Fails(new UnrollingExperiment { StepScale = 1.03 }, "rate", "iterate", "random sample", "transformer");

    [Fact]
    public void Truncation_OfAKernelScaledWrongly_Fails() => Fails(new TruncationExperiment { ScalePower = 2 }, "ν = 2: distance");

    [Fact]
    public void Depth_OfStepsTenPercentTooShort_Fails() => Fails(new DepthExperiment { StepScale = 0.9 }, "slope of K", "K over");

    [Fact]
    public void Multiplication_OfHalfTheLayers_Fails() =>
        Fails(new MultiplicationExperiment { Module = m => new SawtoothProducts((m + 1) / 2) }, "gain", "error of a product over", "log-log slope");

    [Fact]
    public void Constructed_OfAKernelFivePercentTooLong_Fails() =>
        Fails(new ConstructedExperiment { EllScale = 1.05 }, "iteration", "error of the score", "Γ of the samples");

    [Fact]
    public void Exactness_OfSwappedFactors_Fails() =>
        Fails(new ExactnessExperiment { SwapFactors = true }, "rotated recurrence", "variance of a mode", "mean of a sampler", "exact reverse SDE", "standard deviations");

    [Fact]
    public void Exactness_OfTheWrongPosteriorVariance_Fails() =>
        Fails(new ExactnessExperiment { PosteriorVariance = _ => PureDit.Diffusion.ReverseVariance.BetaTilde }, "rotated recurrence", "variance of a mode", "exact reverse SDE", "printed", "standard deviations");

    [Fact]
    public void CancelledExperiment_Ends()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.All(LaboratoryList.GaussianProcess, e => Assert.Throws<OperationCanceledException>(() => e.Run(Quick, cancellation: stop.Token)));
    }

    private static void Fails(IExperiment experiment, params string[] parts)
    {
        string[] failed = [.. experiment.Run(new(Quick: true, Seeds: 1)).Criteria.Where(c => !c.Pass).Select(c => c.Name)];
        Assert.All(parts, part => Assert.Contains(failed, name => name.Contains(part, StringComparison.Ordinal)));
    }

    private sealed class Recorder(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
