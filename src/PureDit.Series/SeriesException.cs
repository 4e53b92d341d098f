namespace PureDit.Series;

/// <summary>A file of series cannot be read as numbers, or its series cannot be used as asked.</summary>
public sealed class SeriesException : FormatException
{
    internal SeriesException(string file, string what, long line = 0, string? column = null, Exception? inner = null)
        : base(Compose(file, what, line, column), inner) => (File, Line, Column) = (file, line, column);

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    /// <summary>Line of the file, from 1 with the header counted; 0 if the whole file is meant.</summary>
    public long Line { get; }

    /// <summary>Name of the column; null if none is meant.</summary>
    public string? Column { get; }

    private static string Compose(string file, string what, long line, string? column)
    {
        string place = line > 0 ? $"{file}, line {line}" : file;
        return Printable(column is null ? $"{place}: {what}" : $"{place}, column \"{ColumnNames.Shortened(column)}\": {what}");
    }

    // Names and cells come out of the file; control characters among them would drive the reader's terminal.
    private static string Printable(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}"));
}
