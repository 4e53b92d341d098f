using FsCheck.Fluent;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>The blocks against the formulas with dense matrices, for any weights.</summary>
public class ReluNetworkTests
{
    private const double Tolerance = 1e-12; // sums of some hundred products in another order

    [Fact]
    public void WeightMatrix_IsItsDenseMatrix() =>
        Law.Holds(from r in Gen.Choose(1, 7) from c in Gen.Choose(1, 7) from seed in Gen.Choose(1, 100_000) select (r, c, seed), t =>
        {
            WeightMatrix w = Random(t.r, t.c, t.seed);
            double[] x = Values.NormalDouble(t.c, t.seed + 1), y = Values.NormalDouble(t.r, t.seed + 2), expected = new double[t.r];
            double[] dense = w.ToDense();
            Dense.Multiply(dense, x, t.r, t.c, 1, expected);
            for (int i = 0; i < t.r; i++) expected[i] += y[i];
            w.AddProduct(x, y);
            Near.Equal(expected, y, Tolerance, Tolerance);
            Near.Equal(Dense.SquaredNorm(dense), w.FrobeniusNorm * w.FrobeniusNorm, Tolerance, 0);
            Assert.Equal(dense.Count(v => v != 0), w.Entries.Count);
        });

    [Fact]
    public void WeightMatrix_AddsEntriesGivenTwice_AndDropsZeros()
    {
        WeightMatrix w = new(2, 3, new Weight(1, 2, 5), new(1, 2, -3), new(0, 1, 4), new(0, 1, -4), new(0, 0, 0));
        Assert.Equal([0, 0, 0, 0, 0, 2], w.ToDense());
        Assert.Single(w.Entries);
        Assert.Throws<ArgumentException>("entries", () => new WeightMatrix(2, 3, new Weight(2, 0, 1)));
        Assert.Throws<ArgumentException>("entries", () => new WeightMatrix(2, 3, new Weight(1, -1, 1)));
        Assert.Throws<ArgumentException>("entries", () => new WeightMatrix(2, 3, new Weight(1, 1, double.NaN)));
    }

    [Fact]
    public void Attention_IsItsFormula() =>
        Law.Holds(from n in Gen.Choose(1, 6) from heads in Gen.Choose(0, 3) from seed in Gen.Choose(1, 100_000) select (n, heads, seed), t =>
        {
            const int D = 5, Rank = 3;
            ReluHead[] heads = [.. Enumerable.Range(0, t.heads).Select(m => new ReluHead(
                Random(Rank, D, t.seed + (10 * m)), Random(Rank, D, t.seed + (10 * m) + 1), Random(D, D, t.seed + (10 * m) + 2)))];
            double[] y = Values.NormalDouble(t.n * D, t.seed + 5), expected = (double[])y.Clone();
            foreach (ReluHead head in heads)
            {
                double[] q = Rows(head.Query, y, t.n), k = Rows(head.Key, y, t.n), v = Rows(head.Value, y, t.n);
                for (int i = 0; i < t.n; i++)
                {
                    for (int j = 0; j < t.n; j++)
                    {
                        double weight = 0;
                        for (int r = 0; r < Rank; r++) weight += k[(j * Rank) + r] * q[(i * Rank) + r];
                        for (int a = 0; a < D; a++) expected[(i * D) + a] += Math.Max(0, weight) * v[(j * D) + a];
                    }
                }
            }

            new ReluAttention(D, heads).Apply(y);
            Near.Equal(expected, y, Tolerance, Tolerance);
        });

    [Fact]
    public void FeedForward_IsItsFormula() =>
        Law.Holds(from n in Gen.Choose(1, 4) from hidden in Gen.Choose(1, 9) from seed in Gen.Choose(1, 100_000) select (n, hidden, seed), t =>
        {
            const int D = 5;
            FeedForward layer = new(Random(t.hidden, D, t.seed), Random(t.hidden, 1, t.seed + 1), Random(D, t.hidden, t.seed + 2), Random(D, 1, t.seed + 3));
            double[] y = Values.NormalDouble(t.n * D, t.seed + 5), expected = (double[])y.Clone();
            double[] h = Rows(layer.First, y, t.n), bias = layer.FirstBias.ToDense();
            for (int i = 0; i < h.Length; i++) h[i] = Math.Max(0, h[i] + bias[i % t.hidden]);
            double[] second = Rows(layer.Second, h, t.n), secondBias = layer.SecondBias.ToDense();
            for (int i = 0; i < y.Length; i++) expected[i] += second[i] + secondBias[i % D];
            layer.Apply(y);
            Near.Equal(expected, y, Tolerance, Tolerance);
        });

    [Fact]
    public void Transformer_OfPermutedTokens_IsPermuted()
    {
        const int D = 5, N = 4;
        ReluTransformer network = new(D, [.. Enumerable.Range(0, 3).Select(b => new TransformerBlock(
            new ReluAttention(D, new ReluHead(Random(2, D, b), Random(2, D, b + 10), Random(D, D, b + 20))),
            new FeedForward(Random(3, D, b + 30), Random(3, 1, b + 40), Random(D, 3, b + 50))))]);
        double[] y = Values.NormalDouble(N * D, 7), reversed = [.. y.Chunk(D).Reverse().SelectMany(token => token)];
        network.Forward(y);
        network.Forward(reversed);
        Near.Equal([.. y.Chunk(D).Reverse().SelectMany(token => token)], reversed, 1e-10, 1e-10);
        Assert.True(network.IsPure);
        Assert.Equal(1, network.Heads);
        Assert.Throws<ArgumentException>("blocks", () => new ReluTransformer(D + 1, network.Blocks));
        Assert.Throws<ArgumentException>("tokens", () => network.Forward(new double[7]));
    }

    [Fact]
    public void Layers_OfWrongShapes_Throw()
    {
        Assert.Throws<ArgumentException>("heads", () => new ReluAttention(5, new ReluHead(Random(2, 5, 1), Random(3, 5, 2), Random(5, 5, 3))));
        Assert.Throws<ArgumentException>("second", () => new FeedForward(Random(3, 5, 1), Random(3, 1, 2), Random(4, 3, 3)));
        TokenUpdate outside = new([new SlotProduct(5, 1, 0, 1, [new(1, 1)], 1)], []);
        Assert.Throws<ArgumentException>("update", () => new GatedLayer(5, outside));
    }

    private static WeightMatrix Random(int rows, int columns, int seed)
    {
        double[] values = Values.NormalDouble(rows * columns, seed + 1000);
        return new WeightMatrix(rows, columns, values.Select((v, i) => new Weight(i / columns, i % columns, v < -0.5 ? 0 : v)));
    }

    // The rows of y times Wᵀ.
    private static double[] Rows(WeightMatrix w, double[] y, int n)
    {
        double[] result = new double[n * w.Rows];
        Dense.Multiply(y, Dense.Transpose(w.ToDense(), w.Rows, w.Columns), n, w.Columns, w.Rows, result);
        return result;
    }
}
