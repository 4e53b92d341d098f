// Reads a CSV file (RFC 4180, UTF-8, one header line) into numbers. Numbers are written with a decimal point whatever
// the machine's culture. Every refusal names file, line, column and what stands there, so that it can be mended.
//
// Without a choice of columns all numeric ones are read: a column counts as numeric if its first cell that is not
// missing is a number; from there on anything else in it is an error, not a reason to pass the column over.
// Not done: dates as an axis (rows are steps, equally far apart), decimal commas, types other than numbers.

using System.Globalization;
using CsvHelper;

namespace PureDit.Series;

/// <summary>Reads series from CSV files.</summary>
public static class SeriesReader
{
    private const int LongestRecord = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">What to read and how; null for all numeric columns and no missing values.</param>
    /// <exception cref="SeriesException">The file is not a table, a column is unknown, or a cell is not a number.</exception>
    /// <exception cref="ArgumentException">The options name no column, or one twice.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SeriesTable Read(string path, SeriesOptions? options = null)
    {
        CheckColumns(options?.Columns);
        if (Directory.Exists(path)) throw new SeriesException(path, "this is a folder; name a file");
        FileInfo file = new(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        if (file.Exists && file.Length == 0)
        {
            // Opening a pipe waits for a writer, perhaps for ever.
            throw new SeriesException(path, "the file is empty, or a pipe or device; expected a header line and rows of numbers");
        }

        using FileStream stream = new(path, new FileStreamOptions { Options = FileOptions.SequentialScan });
        return Read(stream, path, options);
    }

    /// <summary>Reads from a stream to its end.</summary>
    /// <param name="stream">The bytes of a file, in a stream that can be read twice from its position.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="options">What to read and how; null for all numeric columns and no missing values.</param>
    /// <exception cref="SeriesException">The content is not a table, a column is unknown, or a cell is not a number.</exception>
    /// <exception cref="ArgumentException">The options name no column, or one twice, or the stream cannot seek.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static SeriesTable Read(Stream stream, string name, SeriesOptions? options = null)
    {
        options ??= new SeriesOptions();
        CheckColumns(options.Columns);
        if (!stream.CanSeek) throw new ArgumentException("stream: expected one that can seek.", nameof(stream));
        ForeignTable.Refuse(stream, name);
        CsvReaderOptions csv = CsvReaderOptions.Default with
        {
            Separator = options.Separator,
            HasHeader = false, // read here, where its faults can be told
            SkipEmptyLines = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            MaxRecordSize = LongestRecord,
        };

        try
        {
            using CsvReader reader = CsvReader.Create(stream, csv, leaveOpen: true);
            return Read(reader, name, options);
        }
        catch (CsvFormatException e)
        {
            throw new SeriesException(name, e.Message, e.LineNumber, inner: e);
        }
    }

    private static SeriesTable Read(CsvReader reader, string file, SeriesOptions options)
    {
        if (!reader.Read()) throw new SeriesException(file, "the file is empty; expected a header line and rows of numbers");
        string[] names = Header(reader, file, options.Columns is null);
        SeriesColumn[] columns = Chosen(names, file, options);
        int rows = 0;
        long blank = 0;
        while (reader.Read())
        {
            long line = reader.LineNumber;
            if (reader.FieldCount == 1 && reader.RawRecord.IsEmpty)
            {
                if (blank == 0) blank = line;
                continue;
            }

            if (blank > 0) throw new SeriesException(file, "a blank line between the rows; only the end of the file may have them", blank);
            if (reader.FieldCount != names.Length)
            {
                throw new SeriesException(file, $"expected {names.Length} cells as in the header, got {reader.FieldCount}", line);
            }

            foreach (SeriesColumn column in columns) column.Add(reader.GetSpan(column.Index), line);
            rows++;
        }

        if (rows == 0) throw new SeriesException(file, "the file has a header but no rows");
        return SeriesColumn.Join(file, columns, rows, options);
    }

    private static string[] Header(CsvReader reader, string file, bool refuseNumbers)
    {
        string[] names = new string[reader.FieldCount];
        for (int i = 0; i < names.Length; i++) names[i] = reader.GetString(i);
        if (names.All(name => name.Length == 0)) throw new SeriesException(file, "the header is blank", reader.LineNumber);
        if (refuseNumbers && names.All(name => double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            throw new SeriesException(file, "the header holds only numbers; the first line must name the columns", reader.LineNumber);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (name.Length > 0 && !seen.Add(name)) throw new SeriesException(file, "the name occurs twice in the header", reader.LineNumber, name);
        }

        return names;
    }

    // A column without a name, as an index written by other tools, cannot be asked for and is passed over.
    private static SeriesColumn[] Chosen(string[] names, string file, SeriesOptions options)
    {
        if (options.Columns is null)
        {
            return [.. names.Select((name, i) => new SeriesColumn(file, name, i, options.Missing, mustBeNumeric: false))
                .Where(column => column.Name.Length > 0)];
        }

        return [.. options.Columns.Select(name => new SeriesColumn(
            file, name, ColumnNames.Find(file, names, name), options.Missing, mustBeNumeric: true))];
    }

    private static void CheckColumns(IReadOnlyList<string>? columns)
    {
        if (columns is null) return;
        if (columns.Count == 0) throw new ArgumentException("columns: expected at least one name, got none.", nameof(columns));
        if (columns.FirstOrDefault(name => columns.Count(other => other == name) > 1) is { } twice)
        {
            throw new ArgumentException($"columns: \"{twice}\" is named twice.", nameof(columns));
        }

        if (columns.Any(string.IsNullOrEmpty)) throw new ArgumentException("columns: expected names, got an empty one.", nameof(columns));
    }
}
