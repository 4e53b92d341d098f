using System.Globalization;
using System.Text;
using PureDit.Series;

namespace PureDit.Fuzz;

/// <summary>CSV: what is accepted is finite, and reads the same after it was written out.</summary>
public sealed class CsvFuzz : IFuzzFormat
{
    private const int Expansion = 64; // a cell of two bytes becomes a number of eight, in lists that grow
    private static readonly byte[][] s_seeds = [.. new[]
    {
        "date,\"a\",b\r\n2020-01-01,1.5,\"2\"\r\n2020-01-02,-3e2,4\r\n",
        "a,b,c\n1,2,3\n4,,6\n7,8,NaN\n",
        "\uFEFFa\n0.1\n0.2\n\n",
        "note,a\n\"x, \"\"y\"\"\n z\",1\n,2\n",
    }.Select(Encoding.UTF8.GetBytes)];

    private static readonly SeriesOptions[] s_options =
    [
        new(), new() { Missing = MissingValues.ForwardFill }, new() { Missing = MissingValues.DropRows }, new() { Columns = ["a"] },
        new() { Separator = ';' },
    ];

    public string Name => "csv";

    public IReadOnlyList<byte[]> Words { get; } = [.. new[]
    {
        ",", ";", "\"", "\"\"", "\n", "\r\n", "\r", "\t", " ", "NaN", "NA", "null", "1,5", "1e999", "-0", "0x10", "Infinity", "∞", "١", "é", "\u202e", "a,",
        "\"a\nb\"", ",,,,", "\n\n", "\uFEFF", "#", "=1+1",
    }.Select(Encoding.UTF8.GetBytes), [0], [0xFF], [0xC3]];

    public void Begin(Draft draft, FuzzRandom random)
    {
        byte[] seed = random.Of(s_seeds);
        draft.Set(seed, 0, seed.Length);
    }

    public void Repair(Draft draft)
    {
    }

    public bool Accepts(byte[] input)
    {
        SeriesOptions options = s_options[input.Length % s_options.Length];
        long before = GC.GetAllocatedBytesForCurrentThread();
        SeriesTable? table = null;
        try
        {
            table = Read(input, options);
        }
        catch (SeriesException)
        {
        }

        BrokenLawException.BoundMemory(before, input, Expansion);
        if (table is null) return false;
        BrokenLawException.Unless(table.Rows * table.Channels == table.Values.Length, "rows and channels do not give the count");
        foreach (double value in table.Values) BrokenLawException.Unless(double.IsFinite(value), "a value is not finite");
        if (table.Rows == 0) return true; // every row had a missing value
        SeriesTable again = Read(Written(table), new() { Columns = table.Columns });
        BrokenLawException.Unless(table.Columns.SequenceEqual(again.Columns), "a column's name changed");
        BrokenLawException.Unless(SameBits(table.Values, again.Values), "a value changed");
        return true;
    }

    private static SeriesTable Read(byte[] bytes, SeriesOptions options)
    {
        using MemoryStream stream = new(bytes);
        return SeriesReader.Read(stream, "fuzz.csv", options);
    }

    private static bool SameBits(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(a[i]) != BitConverter.DoubleToInt64Bits(b[i])) return false;
        }

        return true;
    }

    private static byte[] Written(SeriesTable table)
    {
        StringBuilder text = new();
        text.AppendJoin(',', table.Columns.Select(name => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")).Append('\n');
        for (int i = 0; i < table.Values.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{table.Values[i]:R}").Append((i + 1) % table.Channels == 0 ? '\n' : ',');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
