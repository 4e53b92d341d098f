// What early stopping leaves off the subspace. Samples are drawn in all D dimensions by Euler-Maruyama with the exact
// latent score, x ↦ [W f(Wᵀx) − x]/σ², and the part (I − WWᵀ)x of the result must be Gaussian noise whose variance is
// that of the recursion and below e·(T₀ + μ) (lemma F.9): the decomposition of the score seen from its outcome.

using PureDit.Diffusion;
using PureDit.Latent;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The collapse of the orthogonal part.</summary>
public sealed class OrthogonalExperiment : IExperiment
{
    private const int Rank = 4;

    /// <summary>A factor on the variance of every noise level in the recursion; anything but 1 is an error that the criteria must notice.</summary>
    internal double VarianceScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "orthogonal";

    /// <inheritdoc/>
    public string Question => "How much of a sample lies off the subspace, against its recursion and the bound e·(T₀ + μ)?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        (double End, double Stop, double Step)[] settings = options.Quick
            ? [(5, 0.05, 0.01), (5, 0.2, 0.05), (2, 0.1, 0.05), (8, 0.5, 0.1), (5, 0.05, 0.05), (5, 0.4, 0.6)]
            : [(5, 0.05, 0.005), (5, 0.01, 0.001), (5, 0.05, 0.01), (5, 0.2, 0.05), (2, 0.1, 0.05), (8, 0.5, 0.1), (5, 0.05, 0.05), (5, 0.4, 0.6), (5, 0.02, 0.002), (10, 0.1, 0.02)];
        (int dimension, int count) = options.Quick ? (32, 400) : (64, 2000);
        int freedom = count * (dimension - Rank);
        Worst deviation = new(), below = new(), recursion = new();
        double along = double.PositiveInfinity;
        List<IReadOnlyList<string>> rows = [];
        List<(double Stop, double Step, double Mean, double Low, double High, double Theory)> points = [];
        for (int i = 0; i < settings.Length; i++)
        {
            (double end, double stop, double step) = settings[i];
            NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(end), NoiseLevel.FromTime(stop), (int)Math.Round((end - stop) / step));
            double mu = levels[0].Time - levels[1].Time, bound = EulerVariance.OrthogonalBound(stop, mu), theory = Recursion(levels);
            string at = FormattableString.Invariant($"T = {end}, T₀ = {stop}, μ = {mu:G3}");
            double[] measured = new double[options.Seeds];
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((i + ((double)seed / options.Seeds)) / settings.Length);
                (measured[seed], double inside) = Variances(levels, dimension, count, seed, cancellation);
                deviation.Add(Math.Abs((measured[seed] / theory) - 1) / Math.Sqrt(2.0 / freedom), seed, at);
                below.Add(measured[seed] / bound, seed, at);
                if (i == 0) along = Math.Min(along, inside / bound);
            }

            recursion.Add(theory / bound, null, at);
            points.Add((stop, mu, measured.Average(), measured.Min(), measured.Max(), theory));
            rows.Add([.. new[] { end, stop, mu, theory, measured.Average(), Spread.Of(measured).Deviation, bound, 1 - NoiseLevel.FromTime(stop).AlphaBar }.Select(ResultTable.Cell)]);
        }

        progress?.Report(1);
        return new(Name, Question, options)
        {
            Criteria =
            [
                deviation.AtMost("variance off the subspace against the recursion, in standard deviations of the estimate", 4.5) with { Note = $"{deviation.AtMost("", 0).Note}; {freedom} squared normals each" },
                below.AtMost("variance off the subspace over e·(T₀ + μ)", 1) with { Control = along, Note = $"{below.AtMost("", 0).Note}; control: the variance along the subspace in the first setting" },
                recursion.AtMost("the recursion over e·(T₀ + μ)", 1),
            ],
            Tables = [new("variances", ["T", "T0", "mu", "recursion", "measured", "deviation", "bound", "noise_at_T0"], rows)],
            Figures = [Figure(options, points)],
            Text = $"D = {dimension}, d₀ = {Rank}, a mixture of two modes, {count} samples, {options.Seeds} seeds, the exact latent score. The orthogonal part is scalar: it needs no network and no D. "
                + "A sampler that walks the latent alone and decodes once leaves it out, and pays d₀ instead of D at every step; that both walk the same path is a property test.",
            Tried = "Longer steps until T₀ + μ reaches 1, where the lemma ends.",
        };
    }

    private double Recursion(NoiseLevel[] levels)
    {
        if (VarianceScale == 1) return EulerVariance.After(levels);
        double v = 1;
        for (int k = 0; k + 1 < levels.Length; k++)
        {
            double mu = levels[k].Time - levels[k + 1].Time, factor = 1 + (mu * (0.5 - (1 / (VarianceScale * levels[k].Variance))));
            v = (factor * factor * v) + mu;
        }

        return v;
    }

    // Mean squares of a coordinate off and along the subspace.
    private static (double Off, double Along) Variances(NoiseLevel[] levels, int dimension, int count, int seed, CancellationToken cancellation)
    {
        LatentWorld world = LatentWorld.Of(dimension, LatentWorld.TwoModes(Rank), seed);
        float[] x = new float[count * dimension];
        PhiloxNoise noise = new((ulong)seed, dimension);
        noise.Fill(0, x);
        new ReverseSdeEulerMaruyama().Run(
            new SubspaceDenoiser(world.Subspace, new LatentDenoiser(world.Law)), levels, noise, x, new SamplerWorkspace(), progress: null, cancellation);
        double[] row = new double[dimension], h = new double[Rank];
        double off = 0, along = 0;
        for (int s = 0; s < count; s++)
        {
            double all = 0, inside = 0;
            for (int i = 0; i < dimension; i++) row[i] = x[(s * dimension) + i];
            world.Subspace.Project(row, h);
            foreach (double value in row) all += value * value;
            foreach (double value in h) inside += value * value;
            off += (all - inside) / ((double)count * (dimension - Rank));
            along += inside / ((double)count * Rank);
        }

        return (off, along);
    }

    private static ResultFigure Figure(ExperimentOptions options, List<(double Stop, double Step, double Mean, double Low, double High, double Theory)> points)
    {
        var ordered = points.OrderBy(p => p.Stop + p.Step).ToArray();
        double[] places = [.. ordered.Select(p => p.Stop + p.Step)];
        LineChart chart = new()
        {
            Title = "Variance off the subspace",
            Subtitle = $"mean of {options.Seeds} seeds, band from least to largest.",
            X = new Axis("T₀ + μ", AxisScale.Log),
            Y = new Axis("variance of a coordinate", AxisScale.Log),
            Curves =
            [
                new("measured", places, [.. ordered.Select(p => p.Mean)]) { Mark = CurveMark.Points, Color = PlotColor.Blue },
                new("recursion", places, [.. ordered.Select(p => p.Theory)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
                new("e·(T₀ + μ)", places, [.. places.Select(p => Math.E * p)]) { Color = PlotColor.Orange },
            ],
            Bands = [new("", places, [.. ordered.Select(p => p.Low)], [.. ordered.Select(p => p.High)]) { Color = PlotColor.Blue }],
        };
        return new("variance", chart.ToSvg(), "The recursion is not smooth in T₀ + μ: the same sum of different T₀ and μ ends elsewhere.");
    }
}
