namespace PureDit.Series;

/// <summary>What to do with a cell that is empty or says NA, N/A, NaN, null or none.</summary>
public enum MissingValues
{
    /// <summary>Refuse the file, naming the first such cell.</summary>
    Refuse,

    /// <summary>Repeat the value of the row before; a missing value in the first row is still refused.</summary>
    ForwardFill,

    /// <summary>Leave out every row in which a value is missing. The rows around it become neighbours.</summary>
    DropRows,
}
