using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class ReductionsTests
{
    private const double Tolerance = 8 * Eps; // of the sum of magnitudes: 64 additions per lane, and a tree of 4 levels

    [Fact]
    public void Sums_EqualExactSums() => Law.Holds(Vectors, AssertSums);

    [Theory]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(ManyElements)]
    [InlineData(1_000_003)]
    public void Sums_OfManyElements_EqualExactSums(int length) => AssertSums(new Vector(length, length));

    [Fact]
    public void Sum_OfIntegers_IsExact() =>
        Law.Holds(Vectors, v =>
        {
            float[] x = Values.Integers(v.Length, v.Seed);
            Assert.Equal(x.Sum(value => (double)value), Reductions.Sum(Cpu.Serial, x));
        });

    [Fact]
    public void Max_IsTheGreatest_NaNAside() =>
        Law.Holds(Vectors.Where(v => v.Length > 0), v =>
        {
            float[] x = v.Normal(0);
            foreach (Cpu cpu in Values.Cpus) Assert.Equal(x.Max(), Reductions.Max(cpu, x));
            x[v.Seed % x.Length] = float.NaN;
            float expected = x.Where(value => !float.IsNaN(value)).DefaultIfEmpty(float.NegativeInfinity).Max();
            foreach (Cpu cpu in Values.Cpus) Assert.Equal(expected, Reductions.Max(cpu, x));
        });

    [Fact]
    public void Max_InTheLastPlaceOfMany_IsFound()
    {
        float[] x = Values.Normal(ManyElements, 1);
        x[^1] = 100;
        Assert.All(Values.Cpus, cpu => Assert.Equal(100, Reductions.Max(cpu, x)));
    }

    [Fact]
    public void NoValues_GiveTheIdentity()
    {
        Assert.Equal(0, Reductions.Sum(Cpu.Serial, []));
        Assert.Equal(float.NegativeInfinity, Reductions.Max(Cpu.Serial, []));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void SumOfSquares_OfANonFiniteValueAnywhere_IsNotFinite(float special)
    {
        float[] x = Values.Normal(2051, 1);
        foreach (int at in new[] { 0, 15, 1023, 1024, 2048, 2050 })
        {
            float saved = x[at];
            x[at] = special;
            Assert.All(Values.Cpus, cpu => Assert.False(double.IsFinite(Reductions.SumOfSquares(cpu, x))));
            x[at] = saved;
        }
    }

    private static void AssertSums(Vector v)
    {
        float[] x = v.Normal(0), y = v.Normal(1);
        double sum = 0, squares = 0, dot = 0, sumSize = 0, dotSize = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i];
            squares += (double)x[i] * x[i];
            dot += (double)x[i] * y[i];
            sumSize += Math.Abs(x[i]);
            dotSize += Math.Abs((double)x[i] * y[i]);
        }

        double[][] runs = Values.Cpus.Select(cpu => new[]
        {
            Reductions.Sum(cpu, x), Reductions.SumOfSquares(cpu, x), Reductions.Dot(cpu, x, y),
        }).ToArray();
        Assert.All(runs, run => Assert.Equal(runs[0], run));
        Near.Equal(sum, runs[0][0], 0, Tolerance * sumSize, "sum");
        Near.Equal(squares, runs[0][1], Tolerance, 0, "sum of squares");
        Near.Equal(dot, runs[0][2], 0, Tolerance * dotSize, "dot");
    }
}
