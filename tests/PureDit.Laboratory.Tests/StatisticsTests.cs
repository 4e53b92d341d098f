using FsCheck;
using FsCheck.Fluent;
using PureDit.GaussianProcess;
using PureDit.TestSupport;

namespace PureDit.Laboratory.Tests;

/// <summary>Laws and exact cases of the statistics by which experiments judge.</summary>
public sealed class StatisticsTests
{
    private const double Rounding = 1e-12; // a few dozen operations in double

    private static readonly Gen<double[]> Lists = Gen.Choose(-50, 50).Select(v => (double)v).ArrayOf().Where(list => list.Length is >= 2 and <= 30);

    private static readonly Gen<double[]> Maps = Gen.Choose(1, 1000).Select(v => v / 1000.0).ArrayOf(7 * 7);

    [Fact]
    public void Correlation_IgnoresScaleAndShift_AndTurnsWithTheSign() => Law.Holds(Lists, x =>
    {
        double[] y = [.. x.Select((v, i) => (v * v) + i)];
        double pearson = Correlation.Pearson(x, y);
        Assert.Equal(pearson, Correlation.Pearson([.. x.Select(v => (3 * v) + 7)], y), Rounding);
        Assert.Equal(-pearson, Correlation.Pearson([.. x.Select(v => -v)], y), Rounding);
        Assert.InRange(pearson, -1 - Rounding, 1 + Rounding);
    });

    [Fact]
    public void Spearman_SeesOrderOnly() => Law.Holds(Lists, x =>
    {
        double[] y = [.. x.Select((v, i) => (v * v) + i)];
        Assert.Equal(Correlation.Spearman(x, y), Correlation.Spearman([.. x.Select(v => (v * v * v) - 5)], y), Rounding);
        bool varies = x.Distinct().Count() > 1;
        Assert.Equal(varies ? 1 : 0, Correlation.Spearman(x, [.. x.Select(v => v * v * v)]), Rounding);
    });

    [Fact]
    public void Spearman_PermutedTogether_IsTheSame() => Law.Holds(Lists, x =>
    {
        double[] y = [.. x.Select((v, i) => (v * v) - (3 * i))];
        Assert.Equal(Correlation.Spearman(x, y), Correlation.Spearman([.. x.Reverse()], [.. y.Reverse()]), Rounding);
    });

    [Fact]
    public void Spearman_WorkedOutByHand()
    {
        Assert.Equal(0.8, Correlation.Spearman([1, 2, 3, 4], [10, 30, 20, 40]), Rounding); // 1 − 6·2/(4·15)
        Assert.Equal(Math.Sqrt(0.75), Correlation.Spearman([1, 1, 2], [3, 4, 5]), Rounding); // equal values share the rank 1½
        Assert.Throws<ArgumentException>(() => Correlation.Spearman([1, 2], [1]));
    }

    [Fact]
    public void Share_OfALagMatrix_IsOne_WhateverItsScale() => Law.Holds(Lists.Where(list => list.Distinct().Count() > 1), curve =>
    {
        int n = curve.Length;
        double[] map = [.. Enumerable.Range(0, n * n).Select(at => curve[Math.Abs((at / n) - (at % n))])];
        Assert.Equal(1, LagStructure.Share(map, n), Rounding);
    });

    [Fact]
    public void Share_IgnoresScaleShiftAndTranspose() => Law.Holds(Maps, map =>
    {
        double share = LagStructure.Share(map, 7);
        Assert.InRange(share, -Rounding, 1 + Rounding);
        Assert.Equal(share, LagStructure.Share([.. map.Select(v => (5 * v) - 2)], 7), Rounding);
        Assert.Equal(share, LagStructure.Share(Dense.Transpose(map, 7, 7), 7), Rounding);
    });

    [Fact]
    public void Share_FallsWhenTokensAreShuffled()
    {
        double[] gamma = new ExponentialPower(1, 3).Matrix(7);
        int[] order = [3, 0, 6, 1, 5, 2, 4];
        double[] shuffled = [.. Enumerable.Range(0, 49).Select(at => gamma[(order[at / 7] * 7) + order[at % 7]])];
        Assert.Equal(1, LagStructure.Share(gamma, 7), Rounding);
        Assert.InRange(LagStructure.Share(shuffled, 7), 0, 0.9);
    }

    [Fact]
    public void Share_WorkedOutByHand()
    {
        Assert.Equal(1.0 / 3, LagStructure.Share([2, 0, 0, 0], 2), Rounding); // means of the lags 1 and 0, of all ½: 1 − 2/3
        Assert.Equal(0, LagStructure.Share([3, 3, 3, 3], 2));
    }

    [Fact]
    public void Rows_SumToOne_AndElsewhereDropsTheDiagonal() => Law.Holds(Maps, map =>
    {
        double[] rows = LagStructure.Rows(map, 7), elsewhere = LagStructure.Elsewhere(map, 7);
        Assert.Equal(42, elsewhere.Length);
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(1, rows.Skip(i * 7).Take(7).Sum(), Rounding);
            Assert.Equal(1, elsewhere.Skip(i * 6).Take(6).Sum(), Rounding);
        }

        for (int i = 0; i < 7; i++) map[(i * 7) + i] = 1000;
        Assert.Equal(elsewhere, LagStructure.Elsewhere(map, 7));
    });

    [Theory]
    [InlineData(0.5)]
    [InlineData(3)]
    [InlineData(20)]
    public void Length_OfItsOwnRows_IsEll(double ell) =>
        Assert.InRange(LagStructure.Length(LagStructure.Rows(new ExponentialPower(1, ell).Matrix(11), 11), 11) / ell, 0.96, 1.04);
}
