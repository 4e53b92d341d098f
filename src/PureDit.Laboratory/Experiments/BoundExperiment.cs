// How large may entries be? With |q|, |k| such that R = B², an error of 1/L needs degree g(R) and C(d+g, g) features, and
// d = round(ln L). Swept is B = c√(ln L): with at most L^0.9 features, up to which c* is the error 1/L? Errors are those of the
// weights of a query, in double, for tokens on a line (scores fill [−R, R]) and on spheres, and of the kernel with the values
// that are worst for it. That errors follow R and not B, c or L apart is the collapse. The second part is the exponent
// e = ln r/ln L of the features against L, for constant R and for R = c·ln L (propositions 4.1, 4.2).

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Error and degree against the size of entries, and the exponent of the number of features.</summary>
public sealed partial class BoundExperiment : IExperiment
{
    private const double Budget = 0.9; // L to this power: features
    private const int Probes = 8, MostDegree = 44, KernelFeatures = 3000;
    private const double LargestRadius = 16; // beyond, the rounding of doubles is what is seen
    private static readonly double[] s_radii = [0.5, 1, 2, 4];
    private static readonly int[] s_degrees = [2, 4, 6, 8];

    /// <summary>A factor on the radius that polynomials are fitted for; anything but 1 is an error that the criteria must notice.</summary>
    internal double FitScale { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => "bound";

    /// <inheritdoc/>
    public string Question => "How large may queries and keys be before a polynomial of few features errs by more than 1/L?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int[] lengths = options.Quick ? [256, 1024, 4096] : [256, 1024, 4096, 16384, 65536];
        Worst certified = new(), kernel = new(), degrees = new(), threshold = new(), outside = new();
        List<Row> rows = [];
        List<Point> points = [];
        Dictionary<(double, int), List<double>> equalRadius = [], equalScale = [];
        for (int i = 0; i < lengths.Length; i++)
        {
            int length = lengths[i], d = HeadSize(length), budget = DegreeWithin(d, PortableMath.Pow(length, Budget));
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((i + ((double)seed / options.Seeds)) / lengths.Length);
                string where = $"L = {length}";
                Probe probe = new(length, d, seed, FitScale);
                foreach (double c in Scales(options.Quick))
                {
                    double radius = c * c * PortableMath.Log(length);
                    if (radius > LargestRadius) continue;
                    (double error, double bound) = probe.Error(radius, budget);
                    certified.Add(error / bound, seed, FormattableString.Invariant($"{where}, c = {c:G3}"));
                    if (bound < 0.1) outside.Add(-probe.Error(radius, budget, outside: true).Error / bound, seed, where);
                    int needed = probe.Degree(radius, 1.0 / length), rule = AttentionOperations.Degree(radius, 1.0 / length);
                    degrees.Add(Math.Abs(needed - rule), seed, FormattableString.Invariant($"{where}, c = {c:G3}: {needed}, rule {rule}"));
                    points.Add(new(length, seed, c, radius, budget, error, needed));
                }

                double crossing = probe.Crossing(budget), predicted = RuleRadius(budget, 1.0 / length);
                threshold.Add(Math.Abs(PortableMath.Log(crossing / predicted)), seed, FormattableString.Invariant($"{where}: R* = {crossing:F3}, rule {predicted:F3}"));
                rows.Add(new(length, d, budget, seed, Math.Sqrt(crossing / PortableMath.Log(length)), crossing, predicted));
                foreach (int g in s_degrees)
                {
                    foreach (double r in s_radii)
                    {
                        List(equalRadius, (r, g)).Add(probe.Error(r, g).Error);
                        List(equalScale, (r, g)).Add(probe.Error(r * PortableMath.Log(length) / PortableMath.Log(lengths[0]), g).Error);
                    }
                }

                if (length <= 4096) Kernel(kernel, length, d, seed);
            }
        }

        progress?.Report(1);
        return Result(options, lengths, new(certified, kernel, degrees, threshold, outside), rows, points, Ratio(equalRadius), Ratio(equalScale).Value);
    }

    private sealed record Row(int Length, int HeadSize, int Degree, int Seed, double C, double Radius, double Predicted);

    private sealed record Point(int Length, int Seed, double C, double Radius, int Budget, double Error, int Needed);

    private sealed record Judged(Worst Certified, Worst Kernel, Worst Degrees, Worst Threshold, Worst Outside);

    private static int HeadSize(double length) => (int)Math.Round(PortableMath.Log(length));

    private static double[] Scales(bool quick) => [.. Enumerable.Range(0, quick ? 11 : 21).Select(i => 0.2 * PortableMath.Pow(10, i / (quick ? 10.0 : 20.0)))];

    private static int DegreeWithin(int d, double features)
    {
        int g = 0;
        while (MonomialTable.CountOf(d, g + 1) <= features) g++;
        return g;
    }

    // The R with 2(R/2)^{g+1}/(g+1)! = error.
    private static double RuleRadius(int degree, double error)
    {
        double product = error / 2;
        for (int k = 1; k <= degree + 1; k++) product *= k;
        return 2 * PortableMath.Pow(product, 1.0 / (degree + 1));
    }

    private static List<double> List(Dictionary<(double, int), List<double>> all, (double, int) key)
    {
        if (!all.TryGetValue(key, out List<double>? list)) all[key] = list = [];
        return list;
    }

    private static Worst Ratio(Dictionary<(double Radius, int Degree), List<double>> errors)
    {
        Worst ratio = new();
        foreach (((double radius, int degree), List<double> values) in errors) ratio.Add(values.Max() / values.Min(), null, FormattableString.Invariant($"R = {radius}, g = {degree}"));
        return ratio;
    }

    // The kernel's own outputs, with the values of each column against one query: +1 where its weight is too large, −1 elsewhere.
    private static void Kernel(Worst worst, int length, int d, int seed)
    {
        foreach (double radius in s_radii)
        {
            BoundedHead head = BoundedHead.OnSpheres(length, d, radius, seed + 500);
            AttentionRequest request = new(1.0 / length, AttentionMode.Auto, AttentionGradient.None);
            AttentionPlan plan = AttentionPlan.Measure(Cpu.AllCores, head.Shape, head.Qkv, request);
            if (plan.Features is 0 or > KernelFeatures) continue;
            plan = AttentionPlan.Measure(Cpu.AllCores, head.Shape, head.Qkv, request with { Mode = AttentionMode.Polynomial });
            double[] exact = new double[d];
            for (int column = 0; column < d; column++)
            {
                double[] scores = head.Scores(column), difference = WeightError.Differences(scores, plan.Polynomial!.Evaluate);
                double top = scores.Max(), sum = 0;
                for (int j = 0; j < length; j++)
                {
                    double sign = difference[j] > 0 ? 1 : -1, weight = PortableMath.Exp(scores[j] - top);
                    head.Qkv[(((j * 3) + 2) * d) + column] = (float)sign;
                    exact[column] += sign * weight;
                    sum += weight;
                }

                exact[column] /= sum;
            }

            float[] o = new float[head.Shape.OutputLength];
            PolynomialAttention.Forward(Cpu.AllCores, plan, head.Qkv, o, []);
            for (int column = 0; column < d; column++)
            {
                worst.Add(Math.Abs(o[(column * d) + column] - exact[column]) / (2 * plan.OutputError), seed, FormattableString.Invariant($"L = {length}, R = {radius}, g = {plan.Degree}"));
            }
        }
    }

    /// <summary>Rows of scores of one length, for R = 1; other R scale them.</summary>
    private sealed class Probe(int length, int headSize, int seed, double fitScale)
    {
        private readonly double[][] _scores =
        [
            .. Enumerable.Range(0, Probes).Select(BoundedHead.OnALine(length, headSize, 1, seed).Scores),
            .. Enumerable.Range(0, Probes).Select(BoundedHead.OnSpheres(length, headSize, 1, seed).Scores),
        ];

        /// <summary>The largest error among the rows, and η of the polynomial that is certain for any.</summary>
        public (double Error, double Bound) Error(double radius, int degree, bool outside = false)
        {
            ExpPolynomial polynomial = ExpPolynomial.Create(Math.Min(32, radius * fitScale), degree);
            double worst = 0;
            foreach (double[] scores in _scores)
            {
                double error = WeightError.Of(Array.ConvertAll(scores, s => (outside ? 1.5 : 1) * radius * s), polynomial);
                if (!(error <= worst)) worst = error;
            }

            double epsilon = polynomial.RelativeError;
            return (worst, epsilon < 1 ? epsilon / (1 - epsilon) : double.PositiveInfinity);
        }

        /// <summary>The smallest degree whose error is at most a target.</summary>
        public int Degree(double radius, double target)
        {
            for (int g = 0; g < MostDegree; g++) if (Error(radius, g).Error <= target) return g;
            return MostDegree;
        }

        /// <summary>The R at which a degree's error passes 1/L.</summary>
        public double Crossing(int degree)
        {
            double low = 1e-3, high = LargestRadius;
            for (int step = 0; step < 24; step++)
            {
                double middle = Math.Sqrt(low * high);
                if (Error(middle, degree).Error <= 1.0 / length) low = middle;
                else high = middle;
            }

            return low;
        }
    }
}
