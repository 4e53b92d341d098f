// The values of one column while a file is read, NaN for the missing ones, and the policy for those.

using System.Globalization;
using System.Text;

namespace PureDit.Series;

internal sealed class SeriesColumn(string file, string name, int index, MissingValues missing, bool mustBeNumeric)
{
    private static readonly string[] MissingTexts = ["", "NA", "N/A", "NaN", "null", "none"];
    private readonly List<double> _values = [];
    private bool _isNumeric = mustBeNumeric;
    private bool _isSkipped;
    private (long Line, string Text)? _firstMissing;

    public string Name => name;

    public int Index => index;

    public void Add(ReadOnlySpan<byte> cell, long line)
    {
        if (_isSkipped) return;
        bool isNumber = double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && !double.IsNaN(value)) _isNumeric = true; // an infinity is a number, and refused below
        if (!isNumber || !double.IsFinite(value))
        {
            string text = Encoding.UTF8.GetString(cell);
            if (MissingTexts.Contains(text, StringComparer.OrdinalIgnoreCase))
            {
                _firstMissing ??= (line, text);
                value = double.NaN;
            }
            else if (_isNumeric)
            {
                throw new SeriesException(file, $"\"{Shortened(text)}\" is not a finite number with a decimal point", line, name);
            }
            else
            {
                _isSkipped = true;
            }
        }

        _values.Add(value);
        if (_isNumeric && missing == MissingValues.Refuse) RefuseMissing();
    }

    public static SeriesTable Join(string file, SeriesColumn[] columns, int rows, SeriesOptions options)
    {
        SeriesColumn[] numeric = [.. columns.Where(column => column._isNumeric && !column._isSkipped)];
        if (numeric.Length == 0)
        {
            throw new SeriesException(
                file,
                $"no column holds numbers (separated by '{options.Separator}', the columns are {ColumnNames.List(columns.Select(column => column.Name))})");
        }

        if ((long)rows * numeric.Length > Array.MaxLength)
        {
            throw new SeriesException(file, $"the table is too large ({rows} rows of {numeric.Length} numbers, at most {Array.MaxLength} numbers)");
        }

        bool[] dropped = new bool[rows];
        int filled = 0;
        foreach (SeriesColumn column in numeric)
        {
            if (options.Missing == MissingValues.ForwardFill) filled += column.FillForward();
            else for (int row = 0; row < rows; row++) dropped[row] |= double.IsNaN(column._values[row]);
        }

        List<double> values = new(rows * numeric.Length);
        for (int row = 0; row < rows; row++)
        {
            if (dropped[row]) continue;
            foreach (SeriesColumn column in numeric) values.Add(column._values[row]);
        }

        return new SeriesTable(file, [.. numeric.Select(column => column.Name)], values.ToArray())
        {
            SkippedColumns = [.. columns.Except(numeric).Select(column => column.Name)],
            FilledCells = filled,
            DroppedRows = dropped.Count(isDropped => isDropped),
        };
    }

    // Returns how many cells were filled.
    private int FillForward()
    {
        if (double.IsNaN(_values[0])) RefuseMissing("the first row has no value to repeat");
        int filled = 0;
        for (int row = 1; row < _values.Count; row++)
        {
            if (!double.IsNaN(_values[row])) continue;
            _values[row] = _values[row - 1];
            filled++;
        }

        return filled;
    }

    private void RefuseMissing(string why = "fill such cells with the value above, or drop their rows")
    {
        if (_firstMissing is not { } first) return;
        throw new SeriesException(file, $"a value is missing (the cell is \"{first.Text}\"); {why}", first.Line, name);
    }

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
