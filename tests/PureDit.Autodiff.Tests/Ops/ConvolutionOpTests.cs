using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

/// <summary>The operations of convolutional networks against double references that share no code with the library.</summary>
public sealed class ConvolutionOpTests
{
    private const int Cases = 12; // as in OpTests

    [Fact]
    public void Convolution_MatchesItsDefinition() => Law.Holds(
        from n in Gen.Choose(1, 2)
        from t in Gen.Choose(1, 7)
        from c in Gen.Choose(1, 3)
        from o in Gen.Choose(1, 5)
        from size in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 3)
        from padding in Gen.Choose(0, 2)
        where t + (2 * padding) >= size
        select (n, t, c, o, size, stride, padding),
        s => OpCheck.Matches(
            (tape, v) => tape.Convolution(v[0], v[1], v[2], s.stride, s.padding),
            v => Convolution(v[0], v[1], v[2], s.n, s.t, s.c, s.size, s.stride, s.padding),
            new(s.n, s.t, s.c), new(s.o, s.size, s.c), new(s.o)),
        Cases);

    [Fact]
    public void Convolution_OfSizeOne_IsTheLinearLayer() => OpCheck.Matches(
        (tape, v) => tape.Convolution(v[0], v[1], v[2]),
        v => References.Linear(v[0], v[1], v[2], 2 * 3, 5),
        new(2, 3, 5), new(7, 1, 5), new(7));

    [Fact]
    public void GroupNorm_MatchesReference() => Law.Holds(
        from n in Gen.Choose(1, 3) from t in Gen.Choose(1, 4) from groups in Gen.Choose(1, 3) from size in Gen.Choose(3, 6) select (n, t, groups, size),
        s => OpCheck.Matches(
            (tape, v) => tape.GroupNorm(v[0], v[1], v[2], s.groups),
            v => GroupNorm(v[0], (_, c) => v[1][c], (_, c) => v[2][c], s.n, s.t, s.groups * s.size, s.groups),
            new(s.n, s.t, s.groups * s.size), new(s.groups * s.size), new(s.groups * s.size)),
        Cases);

    [Fact]
    public void GroupNormModulate_MatchesReference() => Law.Holds(
        from n in Gen.Choose(1, 3)
        from t in Gen.Choose(1, 4)
        from groups in Gen.Choose(1, 3)
        from size in Gen.Choose(3, 6)
        from k in Gen.Choose(2, 4)
        from shift in Gen.Choose(0, k - 1)
        from scale in Gen.Choose(0, k - 1)
        select (n, t, groups, D: groups * size, k, shift, scale),
        s => OpCheck.Matches(
            (tape, v) => tape.GroupNormModulate(v[0], v[1], s.shift, s.scale, s.groups),
            v => GroupNorm(
                v[0], (n, c) => v[1][(n * s.k * s.D) + (s.shift * s.D) + c], (n, c) => v[1][(n * s.k * s.D) + (s.scale * s.D) + c],
                s.n, s.t, s.D, s.groups),
            new(s.n, s.t, s.D), new(s.n, s.k * s.D)),
        Cases);

    [Fact]
    public void Upsample_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.Upsample(v[0], 3),
        v => [.. Enumerable.Range(0, 2 * 15 * 7).Select(i => v[0][(i / 7 / 3 * 7) + (i % 7)])],
        new Shape(2, 5, 7));

    [Fact]
    public void Concatenate_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.Concatenate(v[0], v[1]),
        v => [.. Enumerable.Range(0, 6).SelectMany(row => v[0][(row * 5)..((row + 1) * 5)].Concat(v[1][(row * 7)..((row + 1) * 7)]))],
        new(2, 3, 5), new(2, 3, 7));

    [Fact]
    public void LinearOperations_AreAdjointToTheirBackward()
    {
        float[] w = Values.Normal(11 * 3 * 7, 1), zero = new float[11];
        OpCheck.IsAdjoint((t, v) => t.Convolution(v[0], t.Input(new Shape(11, 3, 7), w), t.Input(new Shape(11), zero), 2, 1), new Shape(2, 5, 7));
        OpCheck.IsAdjoint((t, v) => t.Upsample(v[0], 2), new Shape(2, 5, 7));
        OpCheck.IsAdjoint((t, v) => t.Concatenate(v[0], v[0]), new Shape(2, 5, 7));
    }

    [Fact]
    public void Arguments_AreChecked()
    {
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Variable x = tape.Input(new Shape(2, 3, 6)), v = tape.Input(new Shape(6));
        Assert.Contains("weight: expected shape [Out, size, C], got [6]", Message(() => tape.Convolution(x, v, v)), StringComparison.Ordinal);
        Assert.Contains("expected 1 to 3 frames", Message(() => tape.Unfold(x, 4)), StringComparison.Ordinal);
        Assert.Contains("multiple of 4 groups", Message(() => tape.GroupNorm(x, v, v, 4)), StringComparison.Ordinal);
        Assert.Contains("shift: expected shape [6], got [2, 3, 6]", Message(() => tape.GroupNorm(x, x, v, 2)), StringComparison.Ordinal);
        Assert.Contains("x: expected shape [N, T, C], got [6]", Message(() => tape.Upsample(v, 2)), StringComparison.Ordinal);
        Assert.Contains("y: expected shape that of x", Message(() => tape.Concatenate(x, v)), StringComparison.Ordinal);
        static string Message(Action act) => Assert.ThrowsAny<ArgumentException>(act).Message;
    }

    private static double[] Convolution(double[] x, double[] w, double[] b, int n, int t, int c, int size, int stride, int padding)
    {
        int outputs = b.Length, windows = ((t + (2 * padding) - size) / stride) + 1;
        double[] y = new double[n * windows * outputs];
        for (int i = 0; i < y.Length; i++)
        {
            int o = i % outputs, window = i / outputs % windows, sample = i / outputs / windows;
            y[i] = b[o];
            for (int j = 0; j < size; j++)
            {
                int frame = (window * stride) - padding + j;
                for (int k = 0; k < c && frame >= 0 && frame < t; k++)
                {
                    y[i] += x[(((sample * t) + frame) * c) + k] * w[(((o * size) + j) * c) + k];
                }
            }
        }

        return y;
    }

    private static double[] GroupNorm(double[] x, Func<int, int, double> shift, Func<int, int, double> scale, int n, int t, int d, int groups)
    {
        double[] y = new double[x.Length];
        int size = d / groups;
        for (int i = 0; i < x.Length; i++)
        {
            int c = i % d, sample = i / d / t, first = c / size * size;
            double[] group = [.. from f in Enumerable.Range(0, t) from k in Enumerable.Range(first, size) select x[(((sample * t) + f) * d) + k]];
            double mean = group.Average(), variance = group.Average(v => (v - mean) * (v - mean));
            y[i] = ((x[i] - mean) / Math.Sqrt(variance + GroupNormOp.DefaultEpsilon) * (1 + scale(sample, c))) + shift(sample, c);
        }

        return y;
    }
}
