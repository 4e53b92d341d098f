// Does attention by a polynomial cost time proportional to L, from which length on is it the faster one, and by how much?
// Queries and keys on spheres, R = 1. Exact against polynomial, forward and forward with backward, in turns; where exact
// attention would take too long it is run for a part of the queries (AttentionTimes). Short sequences are timed in batches
// of 4096 tokens, so that a call's own costs are not what is compared; longer ones take turns with each other, so that a slope
// is of one round. L* is r(4d + 6)/(4d + 20) with the closed-form degree,
// operations; the plan's own crossover counts with measured costs.
// FAVOR+, Nyström and the second-order Taylor polynomial are held against it at equal error (OtherAttention).

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Time of attention against length, and against other methods at equal error.</summary>
/// <param name="clock">Measures; everything but times is the same with any clock.</param>
public sealed partial class ScalingExperiment(TimeProvider clock) : IExperiment
{
    private const double Radius = 1, Loose = 1e-2, Tight = 1e-3;
    private const int Tokens = 4096, Rows = 32, SlopeFrom = 4096;
    private static readonly int[] s_sizes = [2, 4, 8];
    private static readonly double[] s_errors = [Loose, Tight];

    /// <summary>The longest sequence; shorter for tests.</summary>
    internal int Longest { get; init; } = 65536;

    /// <summary>Most random features tried; fewer for tests.</summary>
    internal int MostFeatures { get; init; } = 4096;

    /// <summary>A degree in the place of the plan's: an error that the criteria must notice.</summary>
    internal int? Degree { get; init; }

    /// <inheritdoc/>
    public string Name => "scaling";

    /// <inheritdoc/>
    public string Question => "Is polynomial attention linear in L, from which length on is it faster, and what do other methods cost at the same error?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int[] lengths = [.. Enumerable.Range(2, 15).Select(power => 1 << power).Where(length => length <= Longest)];
        int rounds = options.Quick ? 2 : 9, done = 0;
        List<Cell> cells = [.. s_sizes.SelectMany(d => s_errors.Select(error => new Cell(d, error, lengths, options.Seeds)))];
        List<double> parts = [];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            foreach (int d in s_sizes)
            {
                Cell[] of = [.. cells.Where(cell => cell.HeadSize == d)];
                foreach (int[] group in Groups(lengths))
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report((double)done / (options.Seeds * s_sizes.Length * (lengths.Length + 3)));
                    Measure(of, group, lengths, seed, (2 * rounds) + 1, parts);
                    done += group.Length;
                }

                Compare(of, Math.Min(Tokens, Longest), seed, rounds, options.Quick);
                done += 3;
            }
        }

        progress?.Report(1);
        return Result(options, cells, parts);
    }

    // Places of lengths that take turns with each other.
    private static int[][] Groups(int[] lengths)
    {
        int top = Array.FindIndex(lengths, length => length >= SlopeFrom);
        int[][] alone = [.. Enumerable.Range(0, top < 0 ? lengths.Length : top).Select(i => new[] { i })];
        return top < 0 ? alone : [.. alone, [.. Enumerable.Range(top, lengths.Length - top)]];
    }

    // All of one head size at some lengths.
    private void Measure(Cell[] cells, int[] group, int[] lengths, int seed, int rounds, List<double> parts)
    {
        List<Action> calls = [];
        List<AttentionTimes> runs = [];
        AttentionTimes? whole = null;
        foreach (int index in group)
        {
            int length = lengths[index], d = cells[0].HeadSize;
            BoundedHead head = BoundedHead.OnSpheres(length, d, Radius, (97 * seed) + d, Math.Max(1, Tokens / length));
            AttentionTimes run = new(head);
            (int, double[])[] exact = head.ExactRows(Rows);
            run.Exact();
            run.ExactBackward();
            runs.Add(run);
            calls.AddRange([run.Exact, run.ExactBackward]);
            foreach (Cell cell in cells)
            {
                AttentionPlan plan = cell.Plans[index] = AttentionPlan.Measure(Cpu.Serial, head.Shape, head.Qkv, Request(cell.Error));
                run.Forward(plan);
                cell.Errors[seed][index] = head.Error(exact, run.Output);
                run.Backward(plan);
                calls.AddRange([() => run.Forward(plan), () => run.Backward(plan)]);
            }

            if (length == Tokens) whole = new(head, long.MaxValue);
        }

        if (whole is not null) calls.Add(whole.Exact);
        double[][] times = new Turns(clock).Round(rounds, [.. calls]);
        for (int i = 0; i < group.Length; i++)
        {
            double[][] of = times[(i * 2 * (1 + cells.Length))..];
            for (int c = 0; c < cells.Length; c++) cells[c].Add(seed, group[i], runs[i].Factor, of[0], of[1], of[2 + (2 * c)], of[3 + (2 * c)]);
        }

        if (whole is not null) parts.AddRange(times[^1].Zip(times[0], (all, part) => Math.Abs(PortableMath.Log(runs[0].Factor * part / all)))); // the shortest of its group
    }

    private AttentionRequest Request(double error) => Degree is { } degree
        ? new(double.PositiveInfinity, AttentionMode.Polynomial) { Degree = degree }
        : new(error, AttentionMode.Polynomial);

    // The others at one length.
    private void Compare(Cell[] cells, int length, int seed, int rounds, bool quick)
    {
        BoundedHead head = BoundedHead.OnSpheres(length, cells[0].HeadSize, Radius, (97 * seed) + cells[0].HeadSize);
        OtherAttention others = new(head, Rows, seed, quick ? MostFeatures : 4 * MostFeatures, quick ? 256 : 1024);
        AttentionTimes run = new(head);
        foreach (Cell cell in cells)
        {
            AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, head.Shape, head.Qkv, Request(cell.Error) with { Gradient = AttentionGradient.None });
            cell.Others[seed] = new(others, plan.Features);
            if (OtherAttention.Reaches(others.Polynomial, cell.Error) is { } reached)
            {
                AttentionPlan equal = OtherAttention.PlanOf(head, reached.Count, PolynomialFit.LeastSquares);
                cell.Others[seed].Equal = Over(() => run.Forward(equal), plan);
            }

            if (OtherAttention.Reaches(others.Favor, cell.Error) is { } favor)
            {
                FavorFeatures features = FavorFeatures.Create(cell.HeadSize, favor.Count, (ulong)(100 + seed));
                cell.Others[seed].FavorOver = Over(() => run.Favor(features), plan);
            }

            if (OtherAttention.Reaches(others.Nystroem, cell.Error) is { } landmarks) cell.Others[seed].NystroemOver = Over(() => run.Nystroem(landmarks.Count), plan);
            if (others.Taylor.Error <= cell.Error)
            {
                AttentionPlan taylor = OtherAttention.PlanOf(head, 2, PolynomialFit.Taylor);
                cell.Others[seed].TaylorOver = Over(() => run.Forward(taylor), plan);
            }
        }

        double[] Over(Action other, AttentionPlan plan)
        {
            double[][] times = new Turns(clock).Round(2 * rounds, other, () => run.Forward(plan));
            return [.. times[0].Zip(times[1], (a, b) => a / b)];
        }
    }

    /// <summary>What one head size and error gave.</summary>
    private sealed class Cell(int headSize, double error, int[] lengths, int seeds)
    {
        public int HeadSize => headSize;

        public double Error => error;

        public int[] Lengths => lengths;

        /// <summary>[length], of the last seed: R is the same up to rounding.</summary>
        public AttentionPlan[] Plans { get; } = new AttentionPlan[lengths.Length];

        /// <summary>[seed][length].</summary>
        public double[][] Errors { get; } = Square(seeds, lengths.Length, () => double.NaN);

        /// <summary>Seconds, [seed][length][round]: exact forward, exact both, polynomial forward, polynomial both.</summary>
        public double[][][][] Times { get; } = [.. Enumerable.Range(0, 4).Select(_ => Square(seeds, lengths.Length, Array.Empty<double>))];

        public Found[] Others { get; } = new Found[seeds];

        /// <summary>L*, from operations and the closed-form degree.</summary>
        public double Crossover
        {
            get
            {
                AttentionOperations cost = new(1, headSize);
                return cost.Polynomial(Radius, error) / cost.Exact;
            }
        }

        /// <summary>The same by the costs that the library's plan counts with, which are measured ones.</summary>
        public double PlannedCrossover =>
            AttentionPlan.ForRadius(new(1, lengths[^1], 1, headSize), Radius, new(error, AttentionMode.Polynomial, AttentionGradient.None)).Crossover;

        public void Add(int seed, int index, double factor, double[] exact, double[] exactBackward, double[] polynomial, double[] backward)
        {
            Times[0][seed][index] = [.. exact.Select(t => factor * t)];
            Times[1][seed][index] = [.. exact.Zip(exactBackward, (a, b) => factor * (a + b))];
            Times[2][seed][index] = polynomial;
            Times[3][seed][index] = [.. polynomial.Zip(backward, (a, b) => a + b)];
        }

        /// <summary>Median time of a call over rounds and seeds.</summary>
        public double Median(int what, int index) => Turns.Median(Times[what].SelectMany(seed => seed[index]));

        /// <summary>Medians over rounds of exact over polynomial, of each seed.</summary>
        public double[] Speedups(bool both, int index) =>
            [.. Times[both ? 1 : 0].Zip(Times[both ? 3 : 2], (e, p) => Turns.Median(e[index].Zip(p[index], (a, b) => a / b)))];

        public double Speedup(bool both, int index) => Turns.Median(Times[both ? 1 : 0].Zip(Times[both ? 3 : 2]).SelectMany(
            seed => seed.First[index].Zip(seed.Second[index], (a, b) => a / b)));

        /// <summary>Slope of ln time against ln L from 4096 on, of a round of turns; median over rounds and seeds.</summary>
        public double Slope(int what)
        {
            int[] top = [.. Enumerable.Range(0, lengths.Length).Where(i => lengths[i] >= SlopeFrom)];
            double[] x = [.. top.Select(i => PortableMath.Log(lengths[i]))];
            return Turns.Median(Times[what].SelectMany(seed => seed[top[0]].Select((_, round) => LineFit.Of(x, [.. top.Select(i => PortableMath.Log(seed[i][round]))]).Slope)));
        }

        /// <summary>The length from which polynomial attention is faster; the shortest measured if it is there already, NaN if it nowhere is.</summary>
        public double MeasuredCrossover(bool both)
        {
            int last = Array.FindLastIndex([.. lengths.Select((_, i) => Speedup(both, i))], ratio => !(ratio > 1));
            if (last < 0) return lengths[0];
            if (last == lengths.Length - 1) return double.NaN;
            double below = Speedup(both, last), above = Speedup(both, last + 1);
            return lengths[last] * PortableMath.Pow(2, PortableMath.Log(1 / below) / PortableMath.Log(above / below));
        }

        private static T[][] Square<T>(int rows, int columns, Func<T> value) =>
            [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => value()).ToArray())];
    }

    /// <summary>What the others needed, and their time over the polynomial's; empty where they did not reach the error.</summary>
    private sealed record Found(OtherAttention Tried, int Features)
    {
        /// <summary>The polynomial of the degree whose measured error is what was asked.</summary>
        public double[] Equal { get; set; } = [];

        public double[] FavorOver { get; set; } = [];

        public double[] NystroemOver { get; set; } = [];

        public double[] TaylorOver { get; set; } = [];
    }
}
