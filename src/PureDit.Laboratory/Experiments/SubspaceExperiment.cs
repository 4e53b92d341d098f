// How well is the subspace found? On clean data by d₀ samples exactly; so the question is asked where it has an answer:
// (a) principal components of data at a noise level, against perturbation theory,
//     E‖WWᵀ − BBᵀ‖² ≈ 2 Σ_i (D − d₀) σ²(α²λ_i + σ²)/(n α⁴ λ_i²);
// (b) W_B trained by Stiefel steps on the denoising loss, one pass over the samples, with f the Gaussian skip, a multiple of h;
// (c) W_B as a product of reflections, trained on the same samples (SubspaceExperiment.Reflections.cs).
// And: an excess of the loss bounds the distance, so that a small loss cannot come from a wrong subspace (lemma F.7).

using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The error of the subspace against n, D, d₀ and the smallest moment c₀.</summary>
public sealed partial class SubspaceExperiment : IExperiment
{
    private const double FirstOrder = 0.05; // share of 2d₀ up to which perturbation theory is asked to hold
    private const double Condition = 4;     // largest λ over c₀, the smallest
    private const int TrainedDimension = 32, TrainedRank = 4, Batch = 8;
    private static readonly NoiseLevel s_level = NoiseLevel.FromTime(0.5);

    /// <summary>A factor on n in the theory; anything but 1 is an error that the criteria must notice.</summary>
    internal double SampleScale { get; init; } = 1;

    /// <summary>A factor on the step of the training; 0 trains nothing.</summary>
    internal double RateScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "subspace";

    /// <inheritdoc/>
    public string Question => "How far is W_B from B, against the number of samples, the dimensions and the smallest moment c₀?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int[] dimensions = options.Quick ? [32, 64, 128] : [32, 64, 128, 256, 512], ranks = options.Quick ? [4, 8] : [4, 8, 16];
        int[] counts = [.. Enumerable.Range(7, options.Quick ? 6 : 8).Select(p => 1 << p)];
        List<PrincipalCase> principal = [];
        foreach (int dimension in dimensions)
        {
            foreach (int rank in ranks)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(0.7 * principal.Count / (dimensions.Length * ranks.Length * counts.Length));
                principal.AddRange(Principal(dimension, rank, counts, options.Seeds));
            }
        }

        double[] smallest = [0.25, 0.5, 1];
        List<TrainedCase> trained = [];
        foreach (double c in smallest)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(0.7 + (0.06 * trained.Count / counts.Length));
            trained.AddRange(counts.Select(n => n * 4).Select(n => Trained(c, n, options.Seeds)));
        }

        progress?.Report(0.9);
        ReflectedCase[] reflected = [.. s_reflections.Select(m => Reflected(m, 4 * counts[^1], options.Seeds, cancellation))];
        progress?.Report(1);
        return Result(options, principal, trained, reflected);
    }

    private sealed record PrincipalCase(int Dimension, int Rank, int Count, double[] Measured, double Theory)
    {
        public bool IsFirstOrder => Theory <= FirstOrder * 2 * Rank;

        public double Mean => Measured.Average();
    }

    // What a W_B is trained on: one pass over samples in batches, f the Gaussian skip of c₀, steps ∝ 1/k.
    private sealed record TrainingCase(LatentWorld World, double[] Clean, double[] Noisy, double[] Linear, double Pull)
    {
        public static TrainingCase Of(double smallest, int count, int seed)
        {
            LatentWorld world = LatentWorld.Of(TrainedDimension, LatentGaussian.Diagonal(Variances(TrainedRank, smallest)), seed);
            double[] clean = world.Lift(world.Codes(count, seed));
            double gain = s_level.AlphaBar * smallest / ((s_level.AlphaBar * smallest) + s_level.Variance);
            double[] linear = [.. Enumerable.Range(0, TrainedRank * TrainedRank).Select(i => i % (TrainedRank + 1) == 0 ? gain : 0.0)];
            return new(world, clean, world.Noisy(clean, s_level, seed), linear, 2 * gain * (2 - gain) * s_level.AlphaBar * smallest); // of the loss on the direction of c₀
        }

        public static Range Batch(int step) => (step * SubspaceExperiment.Batch * TrainedDimension)..((step + 1) * SubspaceExperiment.Batch * TrainedDimension);

        public double Rate(int step) => 2 / (Pull * (40 + step)); // the error of one pass falls like 1/n
    }

    private sealed record TrainedCase(double Smallest, int Count, double[] Distances, double[] Excesses, double Bound);

    private IEnumerable<PrincipalCase> Principal(int dimension, int rank, int[] counts, int seeds)
    {
        double[] variances = Variances(rank, 0.5);
        double[][] measured = [.. counts.Select(_ => new double[seeds])];
        for (int seed = 0; seed < seeds; seed++)
        {
            LatentWorld world = LatentWorld.Of(dimension, LatentGaussian.Diagonal(variances), seed);
            double[] x = world.Noisy(world.Lift(world.Codes(counts[^1], seed)), s_level, seed);
            for (int i = 0; i < counts.Length; i++)
            {
                double[] moment = PrincipalSubspace.SecondMoment(x.AsSpan(0, counts[i] * dimension), dimension);
                measured[i][seed] = PrincipalSubspace.Of(moment, dimension, rank).SquaredDistance(world.Subspace);
            }
        }

        return counts.Select((n, i) => new PrincipalCase(
            dimension, rank, n, measured[i], PrincipalSubspace.ExpectedSquaredDistance(dimension, variances, s_level, n) / SampleScale));
    }

    private TrainedCase Trained(double smallest, int count, int seeds)
    {
        double[] variances = Variances(TrainedRank, smallest), distances = new double[seeds], excesses = new double[seeds];
        double bound = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            TrainingCase at = TrainingCase.Of(smallest, count, seed);
            LinearSubspace w = LinearSubspace.Random(TrainedDimension, TrainedRank, (ulong)(2000 + seed));
            for (int step = 0; step < count / Batch; step++)
            {
                double[] gradient = new double[TrainedDimension * TrainedRank];
                StiefelStep.DenoisingLoss(w, at.Linear, s_level.Alpha, at.Clean.AsSpan(TrainingCase.Batch(step)), at.Noisy.AsSpan(TrainingCase.Batch(step)), gradient);
                w = StiefelStep.Descend(w, gradient, RateScale * at.Rate(step));
            }

            distances[seed] = w.SquaredDistance(at.World.Subspace);
            excesses[seed] = Excess(w, at.World.Subspace, variances, at.Linear);
            bound = Math.Max(bound, distances[seed] / LatentLoss.LargestSquaredDistance(excesses[seed], LatentLoss.SmallestSignalMoment(LatentGaussian.Diagonal(variances), s_level)));
        }

        return new(smallest, count, distances, excesses, bound);
    }

    // E‖W A Wᵀx_t − α x₀‖² in closed form, less its minimum over A and W.
    private static double Excess(LinearSubspace w, LinearSubspace b, double[] variances, double[] linear)
    {
        int rank = w.Rank;
        double[] column = new double[rank], unit = new double[rank], x = new double[w.Dimension], moment = new double[rank * rank];
        double outside = 0, least = 0;
        for (int k = 0; k < rank; k++) // WᵀBΛBᵀW, and what of BΛBᵀ is outside W
        {
            Array.Clear(unit);
            unit[k] = 1;
            b.Lift(unit, x);
            w.Project(x, column);
            double inside = 0;
            for (int i = 0; i < rank; i++)
            {
                inside += column[i] * column[i];
                for (int j = 0; j < rank; j++) moment[(i * rank) + j] += variances[k] * column[i] * column[j];
            }

            outside += variances[k] * (1 - inside);
            least += s_level.AlphaBar * variances[k] * s_level.Variance / ((s_level.AlphaBar * variances[k]) + s_level.Variance);
        }

        double loss = s_level.AlphaBar * outside;
        for (int i = 0; i < rank; i++)
        {
            loss += s_level.AlphaBar * moment[i * (rank + 1)];
            for (int j = 0; j < rank; j++)
            {
                double a = linear[(i * rank) + j];
                loss += (s_level.Variance * a * a) - (2 * s_level.AlphaBar * a * moment[(i * rank) + j]);
                for (int k = 0; k < rank; k++) loss += s_level.AlphaBar * a * moment[(j * rank) + k] * linear[(i * rank) + k];
            }
        }

        return loss - least;
    }

    private static double[] Variances(int rank, double smallest) =>
        [.. Enumerable.Range(0, rank).Select(i => smallest * (1 + ((Condition - 1) * i / (rank - 1))))];

    private ExperimentResult Result(ExperimentOptions options, List<PrincipalCase> principal, List<TrainedCase> trained, ReflectedCase[] reflected)
    {
        PrincipalCase[] first = [.. principal.Where(c => c.IsFirstOrder)];
        double ratio = PortableMath.Exp(first.Select(c => PortableMath.Log(c.Mean / c.Theory)).Average());
        double slope = LineFit.Of([.. first.Select(c => PortableMath.Log(c.Theory))], [.. first.Select(c => PortableMath.Log(c.Mean))]).Slope;
        Worst over = new(), wrong = new();
        foreach (TrainedCase c in trained)
        {
            string at = FormattableString.Invariant($"c₀ = {c.Smallest}, n = {c.Count}");
            over.Add(c.Bound, null, at);
            if (c.Count == trained.Max(t => t.Count)) wrong.Add(c.Distances.Max() / LinearSubspace.RandomSquaredDistance(32, 4), null, at);
        }

        double[] slopes = [.. trained.GroupBy(c => c.Smallest).Select(group => LineFit.Of([.. group.Skip(2).Select(c => PortableMath.Log(c.Count))], [.. group.Skip(2).Select(c => PortableMath.Log(c.Distances.Average()))]).Slope)];
        double random = Enumerable.Range(0, 50).Average(i => LinearSubspace.Random(32, 4, (ulong)(2 * i)).SquaredDistance(LinearSubspace.Random(32, 4, (ulong)(2 * i) + 1)));
        return new(Name, Question, options)
        {
            Criteria =
            [
                new("principal components: ln(measured/theory), mean over cases: distance from 0", Math.Abs(PortableMath.Log(ratio)), 0.1)
                {
                    Note = FormattableString.Invariant($"measured {ratio:F3} of the theory over {first.Length} cases of {principal.Count}, those in which it is at most {FirstOrder:P0} of 2d₀"),
                },
                new("principal components: slope of ln measured against ln theory: distance from 1", Math.Abs(slope - 1), 0.05) { Note = FormattableString.Invariant($"slope {slope:F4} over n, D and d₀ together") },
                wrong.AtMost("trained W_B: distance over that of a random one, at the largest n", 0.05) with
                {
                    Control = random / LinearSubspace.RandomSquaredDistance(32, 4), Note = $"{wrong.AtMost("", 0).Note}; control: random ones, expectation 2d₀(1 − d₀/D)",
                },
                new("trained W_B: slope of ln distance against ln n, least steep over c₀", slopes.Max(), -0.7) { Note = $"slopes {string.Join(", ", slopes.Select(s => s.ToString("F2", System.Globalization.CultureInfo.InvariantCulture)))} for c₀ = 0.25, 0.5, 1; −1 is what a pass with steps ∝ 1/k reaches" },
                Reach(reflected),
                over.AtMost("distance over what the excess of the loss allows, 2·excess/c_q", 1 + 1e-9),
            ],
            Tables =
            [
                new("principal", ["D", "d0", "n", "measured", "deviation", "theory", "random"], [.. principal.Select(c => (IReadOnlyList<string>)[.. new[] { c.Dimension, c.Rank, c.Count, c.Mean, Spread.Of(c.Measured).Deviation, c.Theory, LinearSubspace.RandomSquaredDistance(c.Dimension, c.Rank) }.Select(ResultTable.Cell)])]),
                new("trained", ["c0", "n", "distance", "deviation", "excess_loss", "over_bound"], [.. trained.Select(c => (IReadOnlyList<string>)[.. new[] { c.Smallest, c.Count, c.Distances.Average(), Spread.Of(c.Distances).Deviation, c.Excesses.Average(), c.Bound }.Select(ResultTable.Cell)])]),
                Structured(reflected, trained),
                Costs(),
            ],
            Figures = [PrincipalFigure(options, principal), TrainedFigure(options, trained)],
            Text = FormattableString.Invariant($"x₀ = B h₀, h₀ Gaussian with variances from c₀ to {Condition}c₀, seen at t = {s_level.Time}; {options.Seeds} seeds. Without noise d₀ independent samples give B to rounding: ")
                + "error against n is a question about noise or about training. The trained W_B sees every sample once. Training f(h) = A h beside it was tried first and fails for small c₀: where A has forgotten a direction, nothing pulls W to it; the skip does. A product of fewer than d₀ reflections is cheaper and stays at the least distance that it can have; d₀ of them find the subspace, at twice the operations of the matrix. The table of costs has operations, not times: a dense W_B with d₀ = d·L costs as much as the attention that it feeds.",
            Tried = "Training a linear f(h) = A h beside W: with small c₀ it stays for a whole pass where A has forgotten a direction that W does not have yet, at a third of the random distance. The fixed skip has no such place. Products of reflections at half the step of the matrix, and at the same: with exactly d₀ reflections they stay for most of the pass at a distance of 2, where one direction is missing; twice as many do not, nor do steps twice as long (seeds other than the judged ones).",
        };
    }

    private static ResultFigure PrincipalFigure(ExperimentOptions options, List<PrincipalCase> cases)
    {
        List<Curve> curves = [];
        List<Band> bands = [];
        foreach (IGrouping<(int Dimension, int Rank), PrincipalCase> group in cases.Where(c => c.Rank == 8).GroupBy(c => (c.Dimension, c.Rank)))
        {
            PlotColor color = PlotColor.Blue + (curves.Count / 2);
            double[] n = [.. group.Select(c => (double)c.Count)];
            curves.Add(new($"D = {group.Key.Dimension}", n, [.. group.Select(c => c.Mean)]) { Color = color, Mark = CurveMark.LineAndPoints });
            curves.Add(new("", n, [.. group.Select(c => c.Theory)]) { Color = color, Mark = CurveMark.Dashed });
            bands.Add(new("", n, [.. group.Select(c => c.Measured.Min())], [.. group.Select(c => c.Measured.Max())]) { Color = color });
        }

        LineChart chart = new()
        {
            Title = "Principal components of noisy data",
            Subtitle = FormattableString.Invariant($"d₀ = 8, c₀ = 0.5, t = {s_level.Time}; mean of {options.Seeds} seeds, band from least to largest."),
            X = new Axis("samples n", AxisScale.Log),
            Y = new Axis("‖WWᵀ − BBᵀ‖²", AxisScale.Log),
            Curves = curves,
            Bands = bands,
            References = [new("nothing known: 2d₀ =", 16)],
        };
        return new("principal", chart.ToSvg(), "Dashed: first-order perturbation theory, which bends away where the error is not small.");
    }

    private static ResultFigure TrainedFigure(ExperimentOptions options, List<TrainedCase> cases)
    {
        List<Curve> curves = [];
        List<Band> bands = [];
        foreach (IGrouping<double, TrainedCase> group in cases.GroupBy(c => c.Smallest))
        {
            PlotColor color = PlotColor.Blue + curves.Count;
            double[] n = [.. group.Select(c => (double)c.Count)];
            curves.Add(new(FormattableString.Invariant($"c₀ = {group.Key}"), n, [.. group.Select(c => c.Distances.Average())]) { Color = color, Mark = CurveMark.LineAndPoints });
            bands.Add(new("", n, [.. group.Select(c => c.Distances.Min())], [.. group.Select(c => c.Distances.Max())]) { Color = color });
        }

        LineChart chart = new()
        {
            Title = "W_B trained by Stiefel steps",
            Subtitle = FormattableString.Invariant($"D = 32, d₀ = 4, t = {s_level.Time}, one pass, batches of 8; mean of {options.Seeds} seeds, band from least to largest."),
            X = new Axis("samples n", AxisScale.Log),
            Y = new Axis("‖WWᵀ − BBᵀ‖²", AxisScale.Log),
            Curves = curves,
            Bands = bands,
            References = [new("random W:", LinearSubspace.RandomSquaredDistance(32, 4))],
        };
        return new("trained", chart.ToSvg(), "A smaller c₀ hides a direction of the subspace in the noise.");
    }
}
