using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

/// <summary>Values and gradients of every operation against its double reference, over shapes.</summary>
public sealed class OpTests
{
    private const int Cases = 12; // each runs every width and thread count, and two references per input value

    private static FsCheck.Gen<(int N, int T, int D)> Tokens =>
        from n in Gen.Choose(1, 3) from t in Gen.Choose(1, 5) from d in Gen.Elements(1, 2, 3, 5, 8, 17) select (n, t, d);

    [Fact]
    public void Linear_MatchesReference() => Law.Holds(
        from rows in Gen.Choose(1, 7) from i in Gen.Choose(1, 19) from o in Gen.Choose(1, 19) select (rows, i, o),
        s => OpCheck.Matches(
            (tape, v) => tape.Linear(v[0], v[1], v[2]),
            v => References.Linear(v[0], v[1], v[2], s.rows, s.i),
            new(s.rows, s.i), new(s.o, s.i), new(s.o)),
        Cases);

    [Fact]
    public void Linear_TakesAConvolutionKernelAndManyLeadingDimensions() => OpCheck.Matches(
        (tape, v) => tape.Linear(v[0], v[1], v[2]),
        v => References.Linear(v[0], v[1], v[2], 2 * 3, 5 * 2 * 2),
        new(2, 3, 5 * 2 * 2), new(7, 5, 2, 2), new(7));

    [Fact]
    public void LinearGelu_MatchesReference() => Law.Holds(
        from rows in Gen.Choose(1, 9) from i in Gen.Choose(1, 9) from o in Gen.Choose(1, 19) select (rows, i, o),
        s => OpCheck.Matches(
            (tape, v) => tape.LinearGelu(v[0], v[1], v[2]),
            v => References.Linear(v[0], v[1], v[2], s.rows, s.i).Select(References.Gelu).ToArray(),
            new(s.rows, s.i), new(s.o, s.i), new(s.o)),
        Cases);

    [Fact]
    public void LinearGated_MatchesReference() => Law.Holds(
        from s in Tokens from i in Gen.Choose(1, 9) from k in Gen.Choose(1, 6) from gate in Gen.Choose(0, k - 1) select (s.N, s.T, s.D, i, k, gate),
        s => OpCheck.Matches(
            (tape, v) => tape.LinearGated(v[0], v[1], v[2], v[3], v[4], s.gate, out _),
            v => References.GatedAdd(v[3], v[4], References.Linear(v[0], v[1], v[2], s.N * s.T, s.i), s.N, s.T, s.D, s.gate),
            new(s.N, s.T, s.i), new(s.D, s.i), new(s.D), new(s.N, s.T, s.D), new(s.N, s.k * s.D)),
        Cases);

    [Fact]
    public void LayerNormModulate_MatchesReference() => Law.Holds(
        from s in Tokens
        from k in Gen.Choose(2, 6)
        from shift in Gen.Choose(0, k - 1)
        from scale in Gen.Choose(0, k - 1)
        select (s.N, s.T, D: s.D + 2, k, shift, scale), // rows of one or two values become constants: no gradient
        s => OpCheck.Matches(
            (tape, v) => tape.LayerNormModulate(v[0], v[1], s.shift, s.scale),
            v => References.LayerNormModulate(v[0], v[1], s.N, s.T, s.D, s.shift, s.scale),
            new(s.N, s.T, s.D), new(s.N, s.k * s.D)),
        Cases);

    [Fact]
    public void LayerNormalize_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.LayerNormalize(v[0]),
        v => References.LayerNormModulate(v[0], [], 3, 5, 7, -1, -1),
        new Shape(3, 5, 7));

    [Fact]
    public void GatedAdd_MatchesReference() => Law.Holds(
        from s in Tokens from k in Gen.Choose(1, 6) from gate in Gen.Choose(0, k - 1) select (s.N, s.T, s.D, k, gate),
        s => OpCheck.Matches(
            (tape, v) => tape.GatedAdd(v[0], v[1], s.gate, v[2]),
            v => References.GatedAdd(v[0], v[1], v[2], s.N, s.T, s.D, s.gate),
            new(s.N, s.T, s.D), new(s.N, s.k * s.D), new(s.N, s.T, s.D)),
        Cases);

    [Fact]
    public void Attention_MatchesReference() => Law.Holds(
        from n in Gen.Choose(1, 2)
        from t in Gen.Choose(1, 7)
        from heads in Gen.Choose(1, 3)
        from size in Gen.Elements(1, 2, 5, 8)
        select (n, t, heads, size),
        s => OpCheck.Matches(
            (tape, v) => tape.Attention(v[0], s.heads),
            v => References.Attention(v[0], s.n, s.t, s.heads, s.size),
            new Shape(s.n, s.t, 3 * s.heads * s.size)),
        Cases);

    [Fact]
    public void Gelu_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.Gelu(v[0]), v => v[0].Select(References.Gelu).ToArray(), new Shape(11, 13));

    [Fact]
    public void Silu_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.Silu(v[0]), v => v[0].Select(References.Silu).ToArray(), new Shape(11, 13));

    [Fact]
    public void Add_MatchesReference() => OpCheck.Matches(
        (tape, v) => tape.Add(v[0], v[1]), v => v[0].Zip(v[1], (a, b) => a + b).ToArray(), new(11, 13), new(11, 13));

    [Fact]
    public void AddPositions_MatchesReference()
    {
        float[] table = Values.Normal(5 * 7, 8);
        OpCheck.Matches(
            (tape, v) => tape.AddPositions(v[0], tape.Input(new Shape(1, 5, 7), table)),
            v => v[0].Select((x, i) => x + table[i % (5 * 7)]).ToArray(),
            new Shape(3, 5, 7));
    }

    [Fact]
    public void Embedding_RepeatedLabelsReceiveTheSum()
    {
        int[] labels = [4, 0, 4, 2, 4];
        OpCheck.Matches(
            (tape, v) => tape.Embedding(v[0], labels),
            v => labels.SelectMany(label => v[0][(label * 7)..((label + 1) * 7)]).ToArray(),
            new Shape(5, 7));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Patchify_MatchesReference(int patch) => OpCheck.Matches(
        (tape, v) => tape.Patchify(v[0], patch),
        v => ToTokens(v[0], 2, 5, 2 * patch, 3 * patch, patch, channelsFirst: true),
        new Shape(2, 5, 2 * patch, 3 * patch));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Unpatchify_InvertsItsTokenOrder(int patch)
    {
        int side = 3 * patch;
        float[] image = Values.Normal(2 * 5 * side * side, 9);
        double[] tokens = ToTokens(Near.ToDouble(image), 2, 5, side, side, patch, channelsFirst: false);
        Tape tape = new(Kernels.Cpu.Serial, record: false);
        tape.Begin();
        Variable y = tape.Unpatchify(tape.Input(new Shape(2, 9, patch * patch * 5), Near.ToFloat(tokens)), patch);
        Assert.Equal(new Shape(2, 5, side, side), y.Shape);
        Near.SameBits(image, y.Data);
    }

    [Fact]
    public void PatchifyAndUnpatchify_AreInverseForOneChannel() => Law.Holds(
        from patch in Gen.Choose(1, 4) from side in Gen.Choose(1, 4) select (patch, side),
        s =>
        {
            Tape tape = new(Kernels.Cpu.Serial, record: false);
            tape.Begin();
            int size = s.patch * s.side; // with one channel (c, p, q) and (p, q, c) are the same order
            Variable x = tape.Input(new Shape(2, 1, size, size), Values.Normal(2 * size * size, 7));
            Near.SameBits(x.Data, tape.Unpatchify(tape.Patchify(x, s.patch), s.patch).Data);
        });

    [Fact]
    public void LinearOperations_AreAdjointToTheirBackward()
    {
        float[] w = Values.Normal(11 * 7, 1), zero = new float[11];
        OpCheck.IsAdjoint((t, v) => t.Linear(v[0], t.Input(new Shape(11, 7), w), t.Input(new Shape(11), zero)), new Shape(5, 7));
        OpCheck.IsAdjoint((t, v) => t.Patchify(v[0], 2), new Shape(2, 3, 4, 6));
        OpCheck.IsAdjoint((t, v) => t.Unpatchify(v[0], 2), new Shape(2, 9, 12));
        OpCheck.IsAdjoint((t, v) => t.Embedding(v[0], [1, 1, 3]), new Shape(5, 7));
        OpCheck.IsAdjoint((t, v) => t.Add(v[0], v[0]), new Shape(5, 7));
    }

    private static double[] ToTokens(double[] image, int n, int c, int height, int width, int patch, bool channelsFirst)
    {
        double[] tokens = new double[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % width, y = i / width % height, channel = i / (width * height) % c, sample = i / (width * height * c);
            int at = References.TokenIndex(channel, y, x, c, width, patch, channelsFirst);
            tokens[(sample * c * height * width) + at] = image[i];
        }

        return tokens;
    }
}
