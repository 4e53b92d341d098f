// The error bounds of approximating the weights entry by entry. Dense, in double, for the
// polynomial that a plan has chosen at the R that was measured; then the kernel in float against exact attention.

using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class PolynomialBoundTests
{
    private const double Rounding = 1e-12;

    private static void Dense(PolynomialCase x, Action<double, Reference.PolynomialAttention.Head, (double[][] F, double[] Sums), (double[][] F, double[] Sums)> law)
    {
        AttentionPlan plan = x.Plan();
        double[] qkv = Near.ToDouble(x.Qkv);
        for (int h = 0; h < x.Shape.Batch * x.Shape.Heads; h++)
        {
            Reference.PolynomialAttention.Head head = Reference.PolynomialAttention.Take(x.Shape, qkv, h, x.KeepMeans);
            law(plan.ApproximationError, head, head.Probabilities(PortableMath.Exp), head.Probabilities(plan.Polynomial!.Evaluate));
        }
    }

    [Fact]
    public void Sums_ErrByEpsilon() => Law.Holds(PolynomialCase.All, x => Dense(x, (epsilon, head, exact, polynomial) =>
    {
        for (int i = 0; i < exact.Sums.Length; i++)
        {
            Assert.InRange(polynomial.Sums[i] / exact.Sums[i], 1 - epsilon - Rounding, 1 + epsilon + Rounding);
        }
    }));

    [Fact]
    public void Probabilities_ErrByTwoEta_AndInSumByEta() => Law.Holds(PolynomialCase.All, x => Dense(x, (epsilon, head, exact, polynomial) =>
    {
        double eta = epsilon / (1 - epsilon);
        for (int i = 0; i < exact.F.Length; i++)
        {
            double sum = 0, total = 0;
            for (int j = 0; j < exact.F.Length; j++)
            {
                double error = Math.Abs(polynomial.F[i][j] - exact.F[i][j]);
                Assert.True(error <= (2 * eta * exact.F[i][j]) + Rounding);
                sum += error;
                total += polynomial.F[i][j];
            }

            Assert.True(sum <= eta + Rounding, $"{sum} above {eta}");
            Near.Equal(1, total, 1e-12, 0, "row sum");
        }
    }));

    [Fact]
    public void Outputs_ErrByHalfEtaTimesTheRange() => Law.Holds(PolynomialCase.All, x => Dense(x, (epsilon, head, exact, polynomial) =>
    {
        double eta = epsilon / (1 - epsilon);
        for (int c = 0; c < head.V[0].Length; c++)
        {
            double[] column = Array.ConvertAll(head.V, row => row[c]);
            double range = column.Max() - column.Min();
            for (int i = 0; i < exact.F.Length; i++)
            {
                double error = column.Select((v, j) => (polynomial.F[i][j] - exact.F[i][j]) * v).Sum();
                Assert.True(Math.Abs(error) <= (eta / 2 * range) + Rounding, $"{error} above {eta / 2 * range}");
            }
        }
    }));

    [Fact]
    public void SumsAndProbabilities_AreBoundedByTheRadius() => Law.Holds(PolynomialCase.All, x =>
    {
        PolynomialCase centred = x with { Offset = 0, KeepMeans = true };
        Dense(centred, (_, head, exact, _) =>
        {
            int n = exact.Sums.Length;
            Assert.All(exact.Sums, d => Assert.True(d >= n * Math.Exp(-head.Radius) * (1 - Rounding)));
            Assert.All(exact.F, row => Assert.All(row, f => Assert.True(f <= Math.Exp(2 * head.Radius) / n * (1 + Rounding))));
        });
    }, cases: 30);

    [Fact]
    public void Kernel_ErrsByWhatThePlanCertifies_RoundingIncluded() => Law.Holds(PolynomialCase.All, x =>
    {
        AttentionPlan plan = x.Plan();
        double[] exact = new double[x.Shape.OutputLength];
        Reference.Attention.Forward(x.Shape, Near.ToDouble(x.Qkv), exact);
        double store = 2e-7 * x.LargestValue; // outputs are floats
        Near.Equal(exact, x.Forward(new Cpu(2), plan).O, 0, (plan.OutputError * x.LargestRange) + store, "o");
    });

    [Fact]
    public void Kernel_AlignedAndOpposedTokens_ErrByWhatThePlanCertifies() // scores of ±R everywhere: the worst of polynomial and rounding
    {
        foreach ((double radius, double error) in new[] { (1.0, 1e-3), (2, 1e-4), (4, 1e-2), (4, 3e-3), (6, 1e-3), (8, 1e-4) })
        {
            AttentionShape shape = new(1, 128, 1, 2);
            float[] qkv = Values.Normal(shape.QkvLength, 3);
            float size = (float)Math.Sqrt(radius * Math.Sqrt(2) * (1 - 1e-6));
            for (int i = 0; i < shape.Tokens; i++)
            {
                for (int c = 0; c < 4; c++) qkv[(i * 6) + c] = c % 2 == 0 ? size * (i % 2 == 0 ? 1 : -1) : 0;
            }

            AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, shape, qkv, new(error, AttentionMode.Polynomial));
            Near.Equal(radius, plan.Radius, 1e-5, 0, "R");
            double[] exact = new double[shape.OutputLength];
            Reference.Attention.Forward(shape, Near.ToDouble(qkv), exact);
            float[] o = new float[exact.Length];
            PolynomialAttention.Forward(Cpu.Serial, plan, qkv, o, []);
            Near.Equal(exact, o, 0, (plan.OutputError * 8) + 1e-6, $"o at R = {radius}");
        }
    }

    // With c = f·h − E as in the papers: Σ_j |p̃ − p| ≤ η(3Q + 2dH² + 3ηdH²), and the gradient by s·L·max|A1|·max|A2| times that.
    [Fact]
    public void Gradients_ErrByTheBoundOfTheChain() => Law.Holds(PolynomialCase.All, x => Dense(x, (epsilon, head, exact, polynomial) =>
    {
        double eta = epsilon / (1 - epsilon);
        int n = head.V.Length, d = head.V[0].Length;
        double[] target = Values.NormalDouble(n * d, x.Seed + 4);
        double[][] p = P(exact.F, head.V, target, out double largestQ), p2 = P(polynomial.F, head.V, target, out _);
        double h = head.V.Max(row => row.Max(Math.Abs));
        double bound = eta * ((3 * largestQ) + (2 * d * h * h) + (3 * eta * d * h * h));
        double a1 = head.Q.Max(row => row.Max(Math.Abs)), a2 = head.K.Max(row => row.Max(Math.Abs));
        double[,] error = new double[d, d];
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
            {
                double each = p2[i][j] - p[i][j];
                sum += Math.Abs(each);
                for (int a = 0; a < d; a++) for (int b = 0; b < d; b++) error[a, b] += head.Scale * head.Q[i][a] * each * head.K[j][b];
            }

            Assert.True(sum <= bound + Rounding, $"{sum} above {bound}");
        }

        foreach (double each in error) Assert.True(Math.Abs(each) <= (head.Scale * n * a1 * a2 * bound) + Rounding);
    }), cases: 40);

    private static double[][] P(double[][] f, double[][] h, double[] target, out double largest)
    {
        int n = f.Length, d = h[0].Length;
        double most = 0;
        double[][] p = new double[n][];
        for (int i = 0; i < n; i++)
        {
            double[] c = new double[d], q = new double[n];
            for (int a = 0; a < d; a++)
            {
                c[a] = -target[(i * d) + a];
                for (int j = 0; j < n; j++) c[a] += f[i][j] * h[j][a];
            }

            double r = 0;
            for (int j = 0; j < n; j++)
            {
                q[j] = c.Zip(h[j], (u, v) => u * v).Sum();
                r += f[i][j] * q[j];
                most = Math.Max(most, Math.Abs(q[j]));
            }

            p[i] = new double[n];
            for (int j = 0; j < n; j++) p[i][j] = f[i][j] * (q[j] - r);
        }

        largest = most;
        return p;
    }
}
