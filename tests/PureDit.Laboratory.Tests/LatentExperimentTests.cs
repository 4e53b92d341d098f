using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.TestSupport;

namespace PureDit.Laboratory.Tests;

/// <summary>The experiments on latent diffusion pass, and with a planted error do not.</summary>
public sealed class LatentExperimentTests
{
    private static readonly ExperimentOptions Quick = new(Quick: true, Seeds: 1);

    public static IEnumerable<object[]> Names => [["subspace"], ["orthogonal"], ["noise-level"]];

    [Theory]
    [MemberData(nameof(Names))]
    public void Experiment_PassesItsCriteria_AndItsControlsDoNot(string name)
    {
        ExperimentResult result = LaboratoryList.Latent.Single(e => e.Name == name).Run(name == "subspace" ? new(Quick: true, Seeds: 3) : Quick); // its slope is a mean over seeds
        Criterion[] judged = [.. result.Criteria.Where(c => !c.Note.Contains(Turns.Note, StringComparison.Ordinal))];
        Assert.All(judged, c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Figures, f => Assert.Contains("<svg", f.Svg, StringComparison.Ordinal));
        Assert.All(result.Tables, table => Assert.NotEmpty(table.Rows));
    }

    [Fact]
    public void Subspace_OfATheoryOfTwiceTheSamples_OrUntrained_Fails()
    {
        Fails(new SubspaceExperiment { SampleScale = 2 }, "mean over cases");
        Fails(new SubspaceExperiment { RateScale = 0 }, "over that of a random one", "slope of ln distance");
    }

    [Fact]
    public void Orthogonal_OfAVarianceFifteenPercentTooLarge_Fails() => Fails(new OrthogonalExperiment { VarianceScale = 1.15 }, "against the recursion");

    [Fact]
    public void NoiseLevel_OfTheDeviationForTheVariance_Fails() => Fails(new NoiseLevelExperiment { DeviationForVariance = true }, "closed form");

    [Fact]
    public void Dimension_WithoutTheSubspace_Fails() => Fails(new DimensionExperiment { Tiny = true, WithoutSubspace = true }, "ε over D", "least loss");

    [Fact]
    public void Dimension_OfTheLeastSize_HasAFlatErrorInD()
    {
        ExperimentResult result = new DimensionExperiment { Tiny = true }.Run(Quick);
        Assert.All(result.Criteria.Take(2), c => Assert.True(c.Pass && !c.ControlPasses, $"{c.Name}: {c.Value} {c.BoundText} control {c.Control}, {c.Note}"));
        Assert.All(result.Criteria, c => Assert.True(double.IsFinite(c.Value), c.Name));
        Assert.Equal([3, 27], result.Tables.Select(t => t.Rows.Count));
    }

    [Fact]
    public void Degree_IsTheSmallestThatMeetsTheError()
    {
        foreach (double size in new[] { 0.1, 0.5, 1, 2, 4, 8, 30 })
        {
            foreach (double error in new[] { 1e-1, 1e-3, 1e-6 })
            {
                int g = AttentionOperations.Degree(size, error);
                Assert.True(Bound(size, g) <= error && (g == 0 || Bound(size, g - 1) > error), $"R = {size}, ε = {error}: {g}");
            }
        }

        AttentionOperations cost = new(1000, 4);
        Assert.Equal((35, 495), (cost.Rank(3), cost.Rank(8)));
        Assert.Equal((1000 * 35 * 22.0, 1e6 * 36), (cost.Polynomial(1, 1e-2 * 0.6), cost.Exact)); // 2·(½)⁴/4! = 0.0052
    }

    public static IEnumerable<object[]> Laws => [[false], [true]];

    [Theory]
    [MemberData(nameof(Laws))]
    public void Blocks_AreTheProductOfTheirLaws_AlsoAsTokens(bool tokens)
    {
        const int Size = 16;
        ILatentDistribution law = LatentWorld.TwoModes(Size);
        if (tokens) law = new TokenLaw(law, new PatchReshape(4, 2));
        NoiseLevel level = NoiseLevel.FromTime(0.4);
        double[] h = Values.NormalDouble(Size, 3), score = new double[Size], jacobian = new double[Size * Size], moved = new double[Size];
        law.Score(level, h, score);
        law.Jacobian(level, h, jacobian);
        for (int i = 0; i < Size; i++)
        {
            double[] up = [.. h], down = [.. h];
            (up[i], down[i]) = (h[i] + 1e-5, h[i] - 1e-5);
            Near.Equal((law.LogDensity(level, up) - law.LogDensity(level, down)) / 2e-5, score[i], 1e-6, 1e-6, "score");
            law.Score(level, up, moved);
            for (int j = 0; j < Size; j++) Near.Equal((moved[j] - score[j]) / 1e-5, jacobian[(j * Size) + i], 1e-3, 1e-3, "jacobian");
        }

        double[] samples = new double[30_000 * Size];
        law.Sample(new Philox(1, PhiloxStream.Data), 0, samples);
        Assert.InRange(Dense.RelativeError(PrincipalSubspace.SecondMoment(samples, Size), law.SecondMoment()), 0, 0.03);
        double[] moment = law.SecondMoment(); // pixel (0, 0) shares its block with (0, 2), index 2, or with (1, 0), index 4
        Assert.Equal((!tokens, tokens), (Math.Abs(moment[2]) > 0.1, Math.Abs(moment[4]) > 0.1));
    }

    [Fact]
    public void Claims_NameExperimentsThatThereAre()
    {
        Assert.All(LaboratorySubject.All, subject => Assert.All(subject.Claims, claim => Assert.Contains(subject.Experiments, e => e.Name == claim.Experiment)));
        LaboratorySubject latent = LaboratorySubject.All.Single(s => s.Name == "latent");
        string html = LaboratoryReport.Html(latent, [], "command", "machine");
        Assert.Contains("Lemma 2.1", html, StringComparison.Ordinal);
        Assert.Contains("not run", html, StringComparison.Ordinal);
        Assert.Contains("2407.01079", html, StringComparison.Ordinal);
    }

    private static double Bound(double size, int g)
    {
        double bound = 2;
        for (int k = 1; k <= g + 1; k++) bound *= size / 2 / k;
        return bound;
    }

    private static void Fails(IExperiment experiment, params string[] parts)
    {
        string[] failed = [.. experiment.Run(Quick).Criteria.Where(c => !c.Pass).Select(c => c.Name)];
        Assert.All(parts, part => Assert.Contains(failed, name => name.Contains(part, StringComparison.Ordinal)));
    }
}
