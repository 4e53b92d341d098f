using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class RowsTests
{
    [Fact]
    public void AddBroadcast_EqualsReference() =>
        Law.Holds(from size in Matrices from period in Gen.Choose(1, 5) select (size, period), c => AssertAddBroadcast(c.size, c.period));

    [Fact]
    public void AddBroadcast_ManyRows_EqualsReference() => AssertAddBroadcast(new Matrix(1009, 101, 1), 257);

    [Fact]
    public void SumColumns_IsAChainInRowOrder_AndAccumulates() => Law.Holds(Matrices, AssertSumColumns);

    [Fact]
    public void SumColumns_ManyRows_IsAChainInRowOrder() => AssertSumColumns(new Matrix(701, 307, 1));

    [Fact]
    public void SumColumns_EqualsReference()
    {
        const double Tolerance = 5e-6; // of the greatest sum: a chain of 701 additions
        Matrix size = new(701, 307, 2);
        float[] x = size.Normal(0), sums = new float[307];
        double[] expected = new double[307];
        Rows.SumColumns(Cpu.Serial, x, 701, 307, sums);
        Reference.Rows.SumColumns(Near.ToDouble(x), 701, 307, expected);
        Near.EqualToMaximum(expected, sums, Tolerance);
    }

    private static void AssertAddBroadcast(Matrix size, int period)
    {
        float[] x = size.Normal(0), table = Values.Normal(period * size.Columns, size.Seed);
        float[] y = EveryCpu.Run([x, table], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Rows.AddBroadcast(
            cpu, x, table, size.Rows, size.Columns, period, to[0].Span))[0];
        double[] expected = new double[x.Length];
        Reference.Rows.AddBroadcast(Near.ToDouble(x), Near.ToDouble(table), size.Rows, size.Columns, period, expected);
        Near.SameBits(Near.ToFloat(expected), y); // a sum of two floats in double, rounded once more, is their float sum
    }

    private static void AssertSumColumns(Matrix size)
    {
        float[] x = size.Normal(0), before = Values.Normal(size.Columns, 7);
        float[] expected = (float[])before.Clone();
        for (int i = 0; i < x.Length; i++) expected[i % size.Columns] += x[i];
        float[] sums = EveryCpu.Run([x], [before], (cpu, to) => Rows.SumColumns(cpu, x, size.Rows, size.Columns, to[0].Span))[0];
        Near.SameBits(expected, sums);
    }
}
