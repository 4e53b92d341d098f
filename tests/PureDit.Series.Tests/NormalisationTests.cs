using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Series.Tests;

public class NormalisationTests
{
    // Sums of n doubles round n times; the values are of order one.
    private const double Rounding = 1e-12;

    private static readonly Gen<SeriesTable> Tables =
        from channels in Gen.Choose(1, 5)
        from rows in Gen.Choose(2, 60)
        from seed in Gen.Choose(0, 100_000)
        select new SeriesTable("series", [.. Enumerable.Range(0, channels).Select(c => $"c{c}")], Values.NormalDouble(rows * channels, seed));

    [Fact]
    public void NormalisedTraining_HasMeanZeroAndVarianceOne() =>
        Law.Holds(Tables, table =>
        {
            float[] z = new float[table.Values.Length];
            Normalisation.Of(table, table.Rows).Apply(table.Values, z);
            for (int c = 0; c < table.Channels; c++)
            {
                double[] column = [.. Near.ToDouble(z).Where((_, i) => i % table.Channels == c)];
                Assert.Equal(0, column.Average(), 6); // float32 values of order one
                Assert.Equal(1, column.Average(x => x * x), 5);
            }
        });

    [Fact]
    public void RowsBehindTheTrainingPart_ChangeNothing() =>
        Law.Holds(Tables, table =>
        {
            int trainingRows = Math.Max(2, table.Rows / 2);
            double[] disturbed = table.Values.ToArray();
            for (int i = trainingRows * table.Channels; i < disturbed.Length; i++) disturbed[i] = 1e6 * i;

            Normalisation expected = Normalisation.Of(table, trainingRows);
            Normalisation actual = Normalisation.Of(new SeriesTable("disturbed", table.Columns, disturbed), trainingRows);

            Assert.Equal(expected.Means, actual.Means);
            Assert.Equal(expected.StandardDeviations, actual.StandardDeviations);
        });

    [Fact]
    public void Invert_UndoesApply() =>
        Law.Holds(Tables, table =>
        {
            Normalisation normalisation = Normalisation.Of(table, table.Rows);
            float[] z = new float[table.Values.Length];
            double[] back = new double[z.Length];
            normalisation.Apply(table.Values, z);
            normalisation.Invert(z, back);
            Near.Equal(table.Values, back, relative: 0, absolute: 1e-5); // z is rounded to float32
        });

    [Fact]
    public void ShiftAndScaleOfTheSeries_ShowInTheNumbersOnly() =>
        Law.Holds(Tables, table =>
        {
            double[] changed = [.. table.Values.ToArray().Select(x => (4 * x) + 1024)];
            Normalisation plain = Normalisation.Of(table, table.Rows);
            Normalisation other = Normalisation.Of(new SeriesTable("changed", table.Columns, changed), table.Rows);
            for (int c = 0; c < table.Channels; c++)
            {
                Near.Equal((4 * plain.Means[c]) + 1024, other.Means[c], relative: 0, absolute: 1024 * Rounding);
                Near.Equal(4 * plain.StandardDeviations[c], other.StandardDeviations[c], relative: 0, absolute: 1024 * Rounding);
            }
        });

    [Fact]
    public void FarFromZero_KeepsItsDigits()
    {
        // The one-pass formula gives a variance of 0 or less here.
        Normalisation normalisation = Normalisation.Of(new SeriesTable("far", ["x"], [1e9 + 1, 1e9 + 2, 1e9 + 3]), 3);
        Near.Equal(1e9 + 2, normalisation.Means[0], relative: 0, absolute: 0);
        Near.Equal(Math.Sqrt(2.0 / 3), normalisation.StandardDeviations[0], relative: Rounding, absolute: 0);
    }

    [Fact]
    public void ConstantColumn_IsNamed()
    {
        // 0.1 is not exact: the mean of many differs from each, and the deviation comes out as 1e-17, not 0.
        double[] values = [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { i, 0.1 })];
        SeriesException e = Assert.Throws<SeriesException>(() => Normalisation.Of(new SeriesTable("f.csv", ["t", "flat"], values), 999));
        Assert.Equal("flat", e.Column);
        Assert.Equal("f.csv, column \"flat\": constant in the training part (0.1 in all 999 rows); leave it out", e.Message);
        Assert.Contains("too large", Assert.Throws<SeriesException>(() =>
            Normalisation.Of(new SeriesTable("f.csv", ["x"], [1e300, -1e300]), 2)).Message);
    }

    [Fact]
    public void SavedAsJson_ComesBackToTheLastBit() =>
        Law.Holds(Tables, table =>
        {
            Normalisation saved = Normalisation.Of(table, table.Rows);
            Normalisation read = JsonSerializer.Deserialize<Normalisation>(JsonSerializer.Serialize(saved))!;
            Assert.Equal(saved.Columns, read.Columns);
            Assert.Equal(saved.Means, read.Means);
            Assert.Equal(saved.StandardDeviations, read.StandardDeviations);
        });

    [Fact]
    public void BadNumbers_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new Normalisation(["a", "b"], [1], [1, 1]));
        Assert.Contains("column \"b\"", Assert.Throws<ArgumentException>(() => new Normalisation(["a", "b"], [1, 1], [1, 0])).Message);
        Assert.Throws<ArgumentException>(() => new Normalisation(["a"], [double.NaN], [1]));
        Normalisation two = new(["a", "b"], [0, 0], [1, 1]);
        Assert.Throws<ArgumentException>(() => two.Apply([1, 2, 3], new float[3]));
        Assert.Throws<ArgumentException>(() => two.Invert([1, 2], new double[4]));
        SeriesTable table = new("x", ["a"], [1, 2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Normalisation.Of(table, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Normalisation.Of(table, 0));
    }
}
