namespace PureDit.Laboratory.Tests;

/// <summary>
/// The experiments on fast attention pass where no time is judged, and with a wrong constant they do not. The clock of these tests
/// gives every call the same time: what depends on it says so in its note and is left out.
/// </summary>
public sealed class FastAttentionTests
{
    private static readonly ExperimentOptions Quick = new(Quick: true, Seeds: 1);

    public static IEnumerable<object[]> Names => [["scaling"], ["bound"], ["ablation"], ["gradients"]];

    [Theory]
    [MemberData(nameof(Names))]
    public void Experiment_PassesItsCriteria_AndItsControlsDoNot(string name)
    {
        List<double> progress = [];
        ExperimentResult result = Small(name).Run(Quick, new Recorder(progress));
        Criterion[] judged = [.. result.Criteria.Where(c => !IsTime(c))];
        Assert.Equal(name switch { "scaling" => 15, "gradients" => 1, _ => 0 }, result.Criteria.Count - judged.Length);
        Assert.All(judged, c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(judged, c => Assert.True(c.Floor is null || c.Value >= c.Floor, $"{c.Name}: below its floor"));
        Assert.All(result.Tables, table => Assert.NotEmpty(table.Rows));
        Assert.All(result.Tables, table => table.ToCsv());
        Assert.All(result.Figures, figure => Assert.DoesNotContain("no data to draw", figure.Svg, StringComparison.Ordinal));
        Assert.Equal(progress.Order(), progress);
        Assert.All(progress, done => Assert.InRange(done, 0, 1));
    }

    [Theory]
    [InlineData("bound")]
    [InlineData("ablation")]
    public void Experiment_GivesTheSameAgain(string name)
    {
        ExperimentResult first = Small(name).Run(Quick), second = Small(name).Run(Quick);
        Assert.Equal(first.Criteria, second.Criteria);
        Assert.Equal(first.Figures, second.Figures);
    }

    [Fact]
    public void Scaling_OfDegreeTwo_Fails() => Fails(new ScalingExperiment(new StepClock()) { Longest = 4096, MostFeatures = 64, Degree = 2 }, "output error over");

    [Fact]
    public void Bound_OfPolynomialsForHalfTheRadius_Fails() => Fails(new BoundExperiment { FitScale = 0.5 }, "Σ|f̃ − f|", "degree needed");

    [Fact]
    public void Ablation_OfFitsForALargerRadius_Fails() => Fails(new AblationExperiment { FitScale = 1.1 }, "of Taylor", "of Chebyshev", "least squares");

    [Fact]
    public void Gradients_WithTheMisprint_Fail() =>
        Fails(new GradientsExperiment(new StepClock()) { Longest = 4096, Steps = 2, WarmUp = 2, Misprinted = true }, "Σ|p̃ − p|");

    [Fact]
    public void Gradients_TrainedWithTooLowADegree_Fail() => Fails(
        new GradientsExperiment(new StepClock()) { Longest = 4096, Steps = 8, WarmUp = 100, LowDegree = true }, "over its bound", "slope of ln of the largest");

    private static IExperiment Small(string name) => name switch
    {
        "scaling" => new ScalingExperiment(new StepClock()) { Longest = 4096, MostFeatures = 2048 },
        "gradients" => new GradientsExperiment(new StepClock()) { Longest = 8192, Steps = 20, WarmUp = 300 },
        _ => LaboratoryList.Latent.Single(experiment => experiment.Name == name),
    };

    private static bool IsTime(Criterion criterion) => criterion.Note.Contains(Turns.Note, StringComparison.Ordinal);

    private static void Fails(IExperiment experiment, params string[] parts)
    {
        string[] failed = [.. experiment.Run(Quick).Criteria.Where(c => !c.Pass && !IsTime(c)).Select(c => c.Name)];
        Assert.All(parts, part => Assert.Contains(failed, name => name.Contains(part, StringComparison.Ordinal)));
    }

    // A second passes at every look.
    private sealed class StepClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }

    private sealed class Recorder(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
