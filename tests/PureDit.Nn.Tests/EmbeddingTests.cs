using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class EmbeddingTests
{
    private const double OneRounding = 1e-7; // double values rounded to float once

    [Fact]
    public void TimestepFeatures_AreCosinesThenSines() => Law.Holds(
        Gen.ArrayOf(Gen.Choose(0, 4000).Select(t => t / 4f), 3),
        t =>
        {
            float[] features = new float[t.Length * 256];
            TimestepEmbedding.FillFeatures(t, features);
            for (int i = 0; i < features.Length; i++)
            {
                double angle = t[i / 256] / Math.Pow(10000, i % 128 / 128.0);
                Near.Equal(i % 256 < 128 ? Math.Cos(angle) : Math.Sin(angle), features[i], OneRounding, OneRounding, $"feature {i}");
            }
        });

    [Fact]
    public void TimestepFeatures_OfEqualTimes_AreEqualToThoseAlone()
    {
        float[] together = new float[4 * 256], alone = new float[256];
        TimestepEmbedding.FillFeatures([7, 7, 0, 7], together);
        TimestepEmbedding.FillFeatures([7], alone);
        foreach (int n in new[] { 0, 1, 3 }) Near.SameBits(alone, together.AsSpan(n * 256, 256));
        Assert.Throws<ArgumentException>(() => TimestepEmbedding.FillFeatures([1, 2], new float[511]));
    }

    [Fact]
    public void GridPositions_HaveTheColumnFirst()
    {
        float[] table = new float[3 * 3 * 8];
        PositionTable.FillGrid(3, 8, table);
        for (int token = 0; token < 9; token++)
        {
            double w = token % 3, h = token / 3;
            double[] expected =
            [
                Math.Sin(w), Math.Sin(w / 100), Math.Cos(w), Math.Cos(w / 100),
                Math.Sin(h), Math.Sin(h / 100), Math.Cos(h), Math.Cos(h / 100),
            ];
            Near.Equal(expected, table.AsSpan(token * 8, 8), OneRounding, OneRounding, $"token {token}");
        }

        Assert.Throws<ArgumentException>(() => PositionTable.FillGrid(3, 6, new float[54]));
        Assert.Throws<ArgumentException>(() => PositionTable.FillGrid(3, 8, new float[73]));
    }

    [Fact]
    public void SequencePositions_MayBeAnyNumbers()
    {
        float[] table = new float[2 * 4];
        PositionTable.FillSequence([2.5, -1], 4, table);
        Near.Equal(
            [Math.Sin(2.5), Math.Sin(0.025), Math.Cos(2.5), Math.Cos(0.025), Math.Sin(-1), Math.Sin(-0.01), Math.Cos(1), Math.Cos(0.01)],
            table, OneRounding, OneRounding);
        Assert.Throws<ArgumentException>(() => PositionTable.FillSequence([1], 3, new float[3]));
    }

    [Fact]
    public void LabelDropout_DependsOnSeedStepAndSampleOnly()
    {
        int[] Dropped(int n, long first, long step, ulong seed = 9)
        {
            int[] labels = [.. Enumerable.Repeat(3, n)];
            LabelEmbedding.DropLabels(labels, nullLabel: 10, LabelEmbedding.DefaultDropout, seed, step, first);
            return labels;
        }

        int[] all = Dropped(100, 0, step: 4);
        Assert.Equal(all, Dropped(37, 0, 4).Concat(Dropped(63, 37, 4)));
        Assert.NotEqual(all, Dropped(100, 0, step: 5));
        Assert.NotEqual(all, Dropped(100, 0, step: 4, seed: 10));
        Assert.All(all, label => Assert.True(label is 3 or 10));
    }

    [Fact]
    public void LabelDropout_DropsItsShare()
    {
        int[] labels = new int[100_000];
        LabelEmbedding.DropLabels(labels, 1, 0.1, seed: 1, step: 1);
        Assert.InRange(labels.Sum(), 10_000 - 400, 10_000 + 400); // four standard deviations of a binomial count
        LabelEmbedding.DropLabels(labels, 1, 0, seed: 1, step: 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => LabelEmbedding.DropLabels(labels, 1, 1.5, 1, 1));
        LabelEmbedding.DropLabels(labels, 7, 1, seed: 1, step: 2);
        Assert.All(labels, label => Assert.Equal(7, label));
    }
}
