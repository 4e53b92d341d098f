// Brings every channel to mean 0 and variance 1:  z = (x − m) / s,  with m and s over the rows of the training part.
// The test part is normalised with the same numbers, or it would tell the model about itself.

namespace PureDit.Series;

/// <summary>Means and standard deviations of channels; saved with a run and used to undo the normalisation.</summary>
public sealed record Normalisation
{
    /// <summary>A normalisation from its numbers, as read back from a saved run.</summary>
    /// <param name="columns">Names of the channels.</param>
    /// <param name="means">Mean of each channel.</param>
    /// <param name="standardDeviations">Standard deviation of each channel, finite and positive.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a number is not usable.</exception>
    public Normalisation(
        IReadOnlyList<string> columns, IReadOnlyList<double> means, IReadOnlyList<double> standardDeviations)
    {
        if (means.Count != columns.Count || standardDeviations.Count != columns.Count)
        {
            throw new ArgumentException(
                $"means, standardDeviations: expected {columns.Count} of each (one for each column), "
                + $"got {means.Count} and {standardDeviations.Count}.",
                nameof(means));
        }

        for (int c = 0; c < columns.Count; c++)
        {
            if (double.IsFinite(means[c]) && double.IsFinite(standardDeviations[c]) && standardDeviations[c] > 0) continue;
            throw new ArgumentException(
                $"standardDeviations: column \"{columns[c]}\" needs a finite mean and a positive deviation, "
                + $"got {means[c]} and {standardDeviations[c]}.",
                nameof(standardDeviations));
        }

        (Columns, Means, StandardDeviations) = ([.. columns], [.. means], [.. standardDeviations]);
    }

    /// <summary>Names of the channels.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Mean of each channel over the training rows.</summary>
    public IReadOnlyList<double> Means { get; }

    /// <summary>Standard deviation of each channel over the training rows (divided by their number, not one less).</summary>
    public IReadOnlyList<double> StandardDeviations { get; }

    /// <summary>Computes means and deviations over the first rows of a table.</summary>
    /// <param name="table">The series.</param>
    /// <param name="trainingRows">Number of rows to look at, from the first; the rest stays unseen.</param>
    /// <exception cref="SeriesException">A channel is constant, or too large for double precision.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such number of rows.</exception>
    public static Normalisation Of(SeriesTable table, int trainingRows)
    {
        if (trainingRows < 1 || trainingRows > table.Rows)
        {
            throw new ArgumentOutOfRangeException(
                nameof(trainingRows), trainingRows, $"trainingRows: expected 1 to {table.Rows}, got {trainingRows}.");
        }

        double[] means = new double[table.Channels];
        double[] deviations = new double[table.Channels];
        for (int c = 0; c < table.Channels; c++)
        {
            // [doc:normalisation]
            // Two passes: the sum of squares minus the square of the sum loses every digit when mean ≫ deviation.
            double sum = 0, squares = 0, minimum = double.MaxValue, maximum = double.MinValue;
            for (int row = 0; row < trainingRows; row++)
            {
                double x = table.Values[(row * table.Channels) + c];
                sum += x;
                minimum = Math.Min(minimum, x);
                maximum = Math.Max(maximum, x);
            }

            means[c] = sum / trainingRows;
            for (int row = 0; row < trainingRows; row++)
            {
                double deviation = table.Values[(row * table.Channels) + c] - means[c];
                squares += deviation * deviation;
            }

            deviations[c] = Math.Sqrt(squares / trainingRows);
            // [/doc:normalisation]

            if (minimum == maximum)
            {
                throw new SeriesException(
                    table.Name, $"constant in the training part ({minimum} in all {trainingRows} rows); leave it out", column: table.Columns[c]);
            }

            if (!(deviations[c] > 0 && double.IsFinite(deviations[c])))
            {
                throw new SeriesException(
                    table.Name, $"its values are too large or too small to normalise ({minimum} to {maximum})", column: table.Columns[c]);
            }
        }

        return new Normalisation(table.Columns, means, deviations);
    }

    /// <summary>Normalises rows.</summary>
    /// <param name="values">Values, [rows, channels], row-major.</param>
    /// <param name="normalised">Receives (x − mean)/deviation, the same shape, rounded to float32.</param>
    /// <exception cref="ArgumentException">The lengths differ, or are not a multiple of the channels.</exception>
    public void Apply(ReadOnlySpan<double> values, Span<float> normalised)
    {
        CheckLengths(values.Length, normalised.Length);
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % Columns.Count;
            normalised[i] = (float)((values[i] - Means[c]) / StandardDeviations[c]);
        }
    }

    /// <summary>Brings normalised rows back to the units of the file.</summary>
    /// <param name="normalised">Normalised values, [rows, channels], row-major.</param>
    /// <param name="values">Receives mean + deviation·z, the same shape.</param>
    /// <exception cref="ArgumentException">The lengths differ, or are not a multiple of the channels.</exception>
    public void Invert(ReadOnlySpan<float> normalised, Span<double> values)
    {
        CheckLengths(normalised.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % Columns.Count;
            values[i] = Means[c] + (StandardDeviations[c] * normalised[i]);
        }
    }

    private void CheckLengths(int source, int destination)
    {
        if (source == destination && source % Columns.Count == 0) return;
        throw new ArgumentException(
            $"values, normalised: expected the same multiple of {Columns.Count} channels, got {source} and room for {destination}.");
    }
}
