// What polynomial attention is compared with: FAVOR+, Nyström landmarks, the second-order Taylor polynomial.

using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class OtherAttentionTests
{
    private static double[] Exact(PolynomialCase x)
    {
        double[] o = new double[x.Shape.OutputLength];
        Reference.Attention.Forward(x.Shape, Near.ToDouble(x.Qkv), o);
        return o;
    }

    private static double Worst(double[] exact, float[] o) => exact.Zip(o, (a, b) => Math.Abs(a - b)).Max();

    private static float[] Favor(PolynomialCase x, int features, ulong seed)
    {
        GuardedBuffer o = new(x.Shape.OutputLength);
        FavorAttention.Forward(new Cpu(2), x.Shape, FavorFeatures.Create(x.Shape.HeadSize, features, seed), x.Qkv, o.Span);
        o.AssertCanariesIntact();
        return o.Span.ToArray();
    }

    private static float[] Nystroem(PolynomialCase x, int landmarks)
    {
        GuardedBuffer o = new(x.Shape.OutputLength);
        NystroemAttention.Forward(new Cpu(2), x.Shape, landmarks, x.Qkv, o.Span);
        o.AssertCanariesIntact();
        return o.Span.ToArray();
    }

    [Fact]
    public void Favor_MatchesItsDefinition() => Law.Holds(PolynomialCase.All, x =>
    {
        FavorFeatures features = FavorFeatures.Create(x.Shape.HeadSize, 7, 3);
        double[][] w = [.. Near.ToDouble(features.Directions).Chunk(x.Shape.HeadSize)];
        double[] expected = new double[x.Shape.OutputLength];
        Reference.PolynomialAttention.Head[] heads = [.. Enumerable.Range(0, x.Shape.Batch * x.Shape.Heads).Select(h => Reference.PolynomialAttention.Take(x.Shape, Near.ToDouble(x.Qkv), h, keepMeans: true))];
        for (int h = 0; h < heads.Length; h++)
        {
            Reference.PolynomialAttention.Head head = heads[h];
            double root = Math.Sqrt(head.Scale);
            double[] Phi(double[] row) => Array.ConvertAll(w, each => Math.Exp(each.Zip(row, (a, b) => a * b * root).Sum() - (row.Sum(b => b * b) * head.Scale / 2)));
            double[][] keys = Array.ConvertAll(head.K, Phi);
            for (int i = 0; i < head.Q.Length; i++)
            {
                double[] q = Phi(head.Q[i]), f = Array.ConvertAll(keys, k => k.Zip(q, (a, b) => a * b).Sum());
                for (int c = 0; c < x.Shape.HeadSize; c++)
                {
                    int place = ((((h / x.Shape.Heads * x.Shape.Tokens) + i) * x.Shape.Heads) + (h % x.Shape.Heads)) * x.Shape.HeadSize;
                    expected[place + c] = f.Select((each, j) => each * head.V[j][c]).Sum() / f.Sum();
                }
            }
        }

        Near.Equal(expected, Favor(x, 7, 3), 0, 1e-4 * x.LargestValue, "o"); // exponents of a few tens in float
    }, cases: 20);

    [Fact]
    public void FavorFeatures_AreOrthogonalInGroups_AndUnbiased()
    {
        FavorFeatures features = FavorFeatures.Create(5, 20_000, 1);
        double[][] w = [.. Near.ToDouble(features.Directions).Chunk(5)];
        for (int group = 0; group < 100; group += 5)
        {
            for (int i = 0; i < 5; i++) for (int j = 0; j < i; j++) Near.Equal(0, w[group + i].Zip(w[group + j], (a, b) => a * b).Sum(), 0, 1e-5);
        }

        double[] q = [0.3, -0.2, 0.5, 0.1, -0.4], k = [0.1, 0.6, -0.3, 0.2, 0.2];
        double Phi(double[] each, double[] x) => Math.Exp(each.Zip(x, (a, b) => a * b).Sum() - (x.Sum(a => a * a) / 2));
        double mean = w.Average(each => Phi(each, q) * Phi(each, k)), exact = Math.Exp(q.Zip(k, (a, b) => a * b).Sum());
        double deviation = exact * Math.Sqrt((Math.Exp(q.Zip(k, (a, b) => (a + b) * (a + b)).Sum()) - 1) / w.Length);
        Assert.True(Math.Abs(mean - exact) < 5 * deviation, $"{mean} for {exact} ± {deviation}");
    }

    [Fact]
    public void Favor_ErrorFallsWithTheNumberOfFeatures()
    {
        PolynomialCase x = new(new AttentionShape(1, 200, 1, 4), 1, 0, 3);
        double[] exact = Exact(x);
        double Error(int features) => Enumerable.Range(0, 4).Average(seed => Worst(exact, Favor(x, features, (ulong)seed)));
        double few = Error(32), many = Error(2048);
        Assert.InRange(few / many, 3, 25); // √64 = 8 for the mean of a distribution with tails
    }

    [Fact]
    public void FavorFeatures_CountFor_IsThatOfTheTable()
    {
        Near.Equal(5.4e3, FavorFeatures.CountFor(1, 0.1), 0.02, 0);
        Near.Equal(5.4e5, FavorFeatures.CountFor(1, 0.01), 0.02, 0);
        Near.Equal(3e5, FavorFeatures.CountFor(2, 0.1), 0.02, 0);
    }

    [Fact]
    public void Nystroem_WithEveryKeyALandmark_IsExact() => Law.Holds(PolynomialCase.All, x =>
    {
        if (x.Radius > 1 || x.Shape.Tokens > 20) return; // the factor of many near keys is as ill-conditioned as they are near
        Near.Equal(Exact(x), Nystroem(x, x.Shape.Tokens), 0, 5e-3 * x.LargestValue, "o");
    });

    [Fact]
    public void Nystroem_ErrorFallsWithTheNumberOfLandmarks()
    {
        PolynomialCase x = new(new AttentionShape(1, 256, 1, 4), 2, 0, 3);
        double[] exact = Exact(x);
        double few = Worst(exact, Nystroem(x, 2)), more = Worst(exact, Nystroem(x, 32));
        Assert.True(more < few / 3, $"{few}, {more}");
    }

    [Fact]
    public void Others_EqualValues_AreTheOutput() => Law.Holds(PolynomialCase.All, x =>
    {
        for (int i = 0; i < x.Qkv.Length; i++) if (i / x.Shape.Width % 3 == 2) x.Qkv[i] = 1.5f;
        double[] expected = new double[x.Shape.OutputLength];
        Array.Fill(expected, 1.5);
        Near.Equal(expected, Favor(x, 33, 3), 1e-5, 0, "favor");
        if (x.Radius <= 1) Near.Equal(expected, Nystroem(x, Math.Min(4, x.Shape.Tokens)), 1e-2, 0, "nystroem"); // signs in the inverse
    }, cases: 20);

    [Fact]
    public void SecondOrderTaylor_IsThePolynomialOfDegreeTwo_AndLeastSquaresCertifiesMore()
    {
        PolynomialCase x = new(new AttentionShape(1, 300, 1, 4), 0.5, 0, 3);
        AttentionRequest taylor = new AttentionRequest(double.PositiveInfinity, AttentionMode.Polynomial) { Degree = 2, Fit = PolynomialFit.Taylor };
        AttentionPlan plan = AttentionPlan.Measure(Cpu.Serial, x.Shape, x.Qkv, taylor);
        Near.Equal([1, 1, 0.5], plan.Polynomial!.Coefficients, 0, 0, "a");
        double[] expected = new double[x.Shape.OutputLength];
        Reference.PolynomialAttention.Forward(x.Shape, s => 1 + s + (s * s / 2), Near.ToDouble(x.Qkv), expected);
        Near.Equal(expected, x.Forward(Cpu.Serial, plan).O, 0, 1e-5 * x.LargestValue, "o");
        AttentionPlan fitted = AttentionPlan.Measure(Cpu.Serial, x.Shape, x.Qkv, taylor with { Fit = PolynomialFit.LeastSquares });
        Assert.True(fitted.CertifiedError < plan.CertifiedError / 4);
    }

    [Fact]
    public void Others_BadInput_IsRefused()
    {
        PolynomialCase x = new(new AttentionShape(1, 9, 1, 4), 1, 0, 3);
        float[] o = new float[x.Shape.OutputLength];
        Assert.Throws<ArgumentOutOfRangeException>(() => NystroemAttention.Forward(Cpu.Serial, x.Shape, 0, x.Qkv, o));
        Assert.Throws<ArgumentOutOfRangeException>(() => NystroemAttention.Forward(Cpu.Serial, x.Shape, 10, x.Qkv, o));
        Assert.Throws<ArgumentException>(() => FavorAttention.Forward(Cpu.Serial, x.Shape, FavorFeatures.Create(3, 5, 1), x.Qkv, o));
        Assert.Throws<ArgumentException>(() => FavorAttention.Forward(Cpu.Serial, x.Shape, FavorFeatures.Create(4, 5, 1), x.Qkv, o.AsSpan(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => FavorFeatures.Create(0, 5, 1));
    }
}
