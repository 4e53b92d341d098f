// Training and test windows of one table, split in time: the test rows are the last ones, and no window reaches over
// the border. A random split would put windows that share all rows but one on both sides.

namespace PureDit.Series;

/// <summary>Training and test windows of the same series, and the normalisation they share.</summary>
public sealed class SeriesSplit
{
    private SeriesSplit(SeriesWindows training, SeriesWindows test, Normalisation normalisation, int trainingRows) =>
        (Training, Test, Normalisation, TrainingRows) = (training, test, normalisation, trainingRows);

    /// <summary>Windows of the first rows.</summary>
    public SeriesWindows Training { get; }

    /// <summary>Windows of the last rows; none if the test fraction is 0.</summary>
    public SeriesWindows Test { get; }

    /// <summary>What was subtracted from and divided out of both, computed from the training rows.</summary>
    public Normalisation Normalisation { get; }

    /// <summary>Number of rows before the border.</summary>
    public int TrainingRows { get; }

    /// <summary>Splits a table, normalises it and cuts it into windows.</summary>
    /// <param name="table">The series.</param>
    /// <param name="window">Rows in a window, at least 1.</param>
    /// <param name="stride">Rows from one window to the next, at least 1.</param>
    /// <param name="testFraction">Share of the rows, from the end, that is kept for testing, in [0, 1); rounded down.</param>
    /// <exception cref="SeriesException">A part has too few rows for one window, or a channel is constant.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static SeriesSplit Of(SeriesTable table, int window, int stride = 1, double testFraction = 0.2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        if (!(testFraction is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(testFraction), testFraction, $"testFraction: expected a number in [0, 1), got {testFraction}.");
        }

        // [doc:windows]
        int testRows = (int)(table.Rows * testFraction);
        int trainingRows = table.Rows - testRows;
        CheckRows(table, window, trainingRows, testRows, testFraction);

        Normalisation normalisation = Normalisation.Of(table, trainingRows);
        SeriesWindows training = Windows(0, trainingRows);
        SeriesWindows test = Windows(trainingRows, testRows);
        return new SeriesSplit(training, test, normalisation, trainingRows);

        // Each part keeps its own rows, so a window cannot reach into the other.
        SeriesWindows Windows(int first, int rows)
        {
            float[] normalised = new float[rows * table.Channels];
            normalisation.Apply(table.Values.Slice(first * table.Channels, normalised.Length), normalised);
            return new SeriesWindows(normalised, table.Channels, window, stride);
        }

        // [/doc:windows]
    }

    private static void CheckRows(SeriesTable table, int window, int trainingRows, int testRows, double testFraction)
    {
        if (trainingRows >= window && (testFraction == 0 || testRows >= window)) return;
        throw new SeriesException(
            table.Name,
            $"too few rows for a window of {window} ({table.Rows} rows: {trainingRows} for training, {testRows} for testing)");
    }
}
