// The Levenshtein distance: the fewest insertions, deletions and substitutions that turn one word into another.

namespace PureDit.Training;

/// <summary>Finds the name that somebody probably meant.</summary>
public static class Nearest
{
    private const int LongestWord = 100; // more is no slip of the finger, and the work grows with the length

    /// <summary>The nearest name, or null where more than two letters and a third of the word differ.</summary>
    public static string? To(string word, IEnumerable<string> names)
    {
        if (word.Length > LongestWord) return null;
        string? nearest = names.MinBy(name => Distance(word, name));
        return nearest is not null && Distance(word, nearest) <= Math.Max(2, word.Length / 3) ? nearest : null;
    }

    private static int Distance(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
