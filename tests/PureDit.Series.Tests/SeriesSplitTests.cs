using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Series.Tests;

public class SeriesSplitTests
{
    // The value of a row is its number, so that a window says where it was cut.
    private static readonly Gen<(int Rows, int Window, int Stride, double TestFraction)> Cases =
        from window in Gen.Choose(1, 11)
        from stride in Gen.Choose(1, 7)
        from rows in Gen.Choose(2, 90)
        from fraction in Gen.Elements(0, 0.1, 0.25, 0.5)
        where rows - (int)(rows * fraction) >= Math.Max(2, window) && (fraction == 0 || (int)(rows * fraction) >= window)
        select (rows, window, stride, fraction);

    [Fact]
    public void EveryWindow_IsConsecutiveRowsOfItsOwnPart() =>
        Law.Holds(Cases, given =>
        {
            SeriesSplit split = SeriesSplit.Of(Counting(given.Rows), given.Window, given.Stride, given.TestFraction);
            int border = given.Rows - (int)(given.Rows * given.TestFraction);

            Assert.Equal(border, split.TrainingRows);
            Check(split.Training, first: 0, end: border);
            Check(split.Test, first: border, end: given.Rows);

            void Check(SeriesWindows windows, int first, int end)
            {
                List<int> starts = [];
                for (int start = first; start + given.Window <= end; start += given.Stride) starts.Add(start);
                Assert.Equal(starts.Count, windows.Count);
                double[] values = new double[given.Window * 2];
                for (int i = 0; i < windows.Count; i++)
                {
                    split.Normalisation.Invert(windows[i], values);
                    for (int t = 0; t < given.Window; t++)
                    {
                        Assert.Equal(starts[i] + t, (int)Math.Round(values[2 * t]));
                        Assert.Equal(-3 * (starts[i] + t), (int)Math.Round(values[(2 * t) + 1]));
                        Assert.InRange(Math.Round(values[2 * t]), first, end - 1);
                    }
                }
            }
        });

    [Fact]
    public void Normalisation_IsThatOfTheTrainingRows() =>
        Law.Holds(Cases, given =>
        {
            SeriesTable table = Counting(given.Rows);
            SeriesSplit split = SeriesSplit.Of(table, given.Window, given.Stride, given.TestFraction);
            Normalisation expected = Normalisation.Of(table, split.TrainingRows);
            Assert.Equal(expected.Means, split.Normalisation.Means);
            Assert.Equal(expected.StandardDeviations, split.Normalisation.StandardDeviations);
        });

    [Fact]
    public void ToArray_HoldsTheWindowsInOrder()
    {
        SeriesWindows windows = SeriesSplit.Of(Counting(13), window: 5, stride: 3, testFraction: 0).Training;
        float[] all = windows.ToArray();
        Assert.Equal(3, windows.Count);
        Assert.Equal(windows.Count * 5 * 2, all.Length);
        for (int i = 0; i < windows.Count; i++) Near.SameBits(windows[i], all.AsSpan(i * 10, 10));
    }

    [Fact]
    public void TooFewRows_AreCounted()
    {
        string message = Assert.Throws<SeriesException>(() => SeriesSplit.Of(Counting(30), 7)).Message;
        Assert.Equal("counting.csv: too few rows for a window of 7 (30 rows: 24 for training, 6 for testing)", message);
        message = Assert.Throws<SeriesException>(() => SeriesSplit.Of(Counting(23), 24, testFraction: 0)).Message;
        Assert.Equal("counting.csv: too few rows for a window of 24 (23 rows: 23 for training, 0 for testing)", message);
        Assert.Equal(1, SeriesSplit.Of(Counting(24), 24, testFraction: 0).Training.Count);
    }

    [Fact]
    public void BadArguments_AreRefused()
    {
        SeriesTable table = Counting(30);
        Assert.Throws<ArgumentOutOfRangeException>(() => SeriesSplit.Of(table, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SeriesSplit.Of(table, 5, stride: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SeriesSplit.Of(table, 5, testFraction: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SeriesSplit.Of(table, 5, testFraction: double.NaN));
        SeriesWindows windows = SeriesSplit.Of(table, 5).Training;
        Assert.Throws<ArgumentOutOfRangeException>(() => windows[windows.Count].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => windows[-1].Length);
    }

    private static SeriesTable Counting(int rows) =>
        new("counting.csv", ["up", "down"], [.. Enumerable.Range(0, rows).SelectMany(i => new double[] { i, -3 * i })]);
}
