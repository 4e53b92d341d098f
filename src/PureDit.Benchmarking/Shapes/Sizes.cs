using System.Globalization;

namespace PureDit.Benchmarking;

/// <summary>Reads sizes that are written as whole numbers with a separator.</summary>
internal static class Sizes
{
    private const int Most = 1 << 24;

    /// <summary>The numbers, as many as the form has.</summary>
    /// <exception cref="ArgumentException">It is not of that form.</exception>
    public static int[] Parse(string text, char separator, string what, string form, string example)
    {
        string[] parts = text.Split(separator);
        int[] sizes = new int[parts.Length];
        bool right = parts.Length == form.Split(separator).Length;
        for (int i = 0; i < parts.Length && right; i++)
        {
            right = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) && sizes[i] is >= 1 and <= Most;
        }

        return right
            ? sizes
            : throw new ArgumentException($"expected {what} as {form}, whole numbers from 1 to {Most}, for example {example}, got '{text}'");
    }

    /// <summary>Makes sure that one array can hold so many values.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void Fits(string text, long count)
    {
        if (count > Array.MaxLength / 2) throw new ArgumentException($"'{text}' needs an array of {count} values; at most {Array.MaxLength / 2} are possible");
    }
}
