namespace PureDit.Series;

internal static class ColumnNames
{
    private const int MostListed = 30, LongestWord = 100; // a file may have a hundred thousand columns, or a name of a megabyte

    public static string List(IEnumerable<string> names)
    {
        string[] shown = [.. names.Take(MostListed + 1).Select(Shortened)];
        return shown.Length <= MostListed ? string.Join(", ", shown) : string.Join(", ", shown.Take(MostListed)) + ", …";
    }

    public static string Shortened(string name) => name.Length <= LongestWord ? name : name[..LongestWord] + "…";

    // The index of a name, or an error that lists the names there are and suggests the nearest.
    public static int Find(string file, string[] names, string wanted)
    {
        int index = Array.IndexOf(names, wanted);
        if (index >= 0) return index;
        string[] named = [.. names.Where(name => name.Length > 0)];
        string? nearest = wanted.Length > LongestWord ? null : named.Where(name => name.Length <= LongestWord).MinBy(name => Distance(name, wanted));
        bool isNear = nearest is not null && Distance(nearest, wanted) <= Math.Max(2, wanted.Length / 3);
        throw new SeriesException(
            file, $"no column \"{wanted}\"{(isNear ? $"; did you mean \"{nearest}\"?" : ".")} The columns are {List(named)}");
    }

    // Levenshtein's distance, letter case ignored: the fewest letters to insert, delete or change.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
