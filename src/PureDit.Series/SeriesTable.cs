namespace PureDit.Series;

/// <summary>Several series over the same steps of time: one row per step, one column per channel, oldest row first.</summary>
public sealed class SeriesTable
{
    private readonly double[] _values;

    /// <summary>A table of values that are already numbers.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="columns">Names of the channels, at least one.</param>
    /// <param name="values">Finite values, [rows, columns], row-major; copied.</param>
    /// <exception cref="ArgumentException">No columns, not a whole number of rows, or a value that is not finite.</exception>
    public SeriesTable(string name, IReadOnlyList<string> columns, ReadOnlySpan<double> values)
    {
        if (columns.Count == 0) throw new ArgumentException("columns: expected at least one, got none.", nameof(columns));
        if (values.Length % columns.Count != 0)
        {
            throw new ArgumentException(
                $"values: expected a multiple of {columns.Count} (one for each column), got {values.Length}.", nameof(values));
        }

        foreach (double value in values)
        {
            if (!double.IsFinite(value)) throw new ArgumentException($"values: expected finite numbers, got {value}.", nameof(values));
        }

        (Name, Columns, _values) = (name, [.. columns], values.ToArray());
    }

    /// <summary>The file, or what else to call the table in messages.</summary>
    public string Name { get; }

    /// <summary>Names of the channels.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Number of channels.</summary>
    public int Channels => Columns.Count;

    /// <summary>Number of steps of time.</summary>
    public int Rows => _values.Length / Channels;

    /// <summary>The values, [<see cref="Rows"/>, <see cref="Channels"/>], row-major.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>Columns of the file that were passed over because they hold no numbers, such as dates.</summary>
    public IReadOnlyList<string> SkippedColumns { get; init; } = [];

    /// <summary>Number of missing cells that took the value above them.</summary>
    public int FilledCells { get; init; }

    /// <summary>Number of rows left out because a value was missing.</summary>
    public int DroppedRows { get; init; }
}
