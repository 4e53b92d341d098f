namespace PureDit.Series;

/// <summary>How to read a file of series.</summary>
public sealed record SeriesOptions
{
    /// <summary>Names of the columns to read, in this order; null for every numeric column in the order of the file.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Character between the cells of a line.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>What to do with missing values.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Refuse;
}
