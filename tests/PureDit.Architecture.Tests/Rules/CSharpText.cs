// C# source with comments and string contents blanked out, line by line, so that rules about code do not trip over
// words about code. Interpolated strings are kept: their holes are code.

using System.Text;

namespace PureDit.Architecture.Tests;

internal static class CSharpText
{
    public static string Code(string source)
    {
        StringBuilder code = new(source);
        int i = 0;
        while (i < source.Length)
        {
            int end = Skip(source, i, out bool blank);
            if (blank)
            {
                for (int k = i; k < end; k++)
                {
                    if (code[k] is not ('\n' or '\r')) code[k] = ' ';
                }
            }

            i = end;
        }

        return code.ToString();
    }

    // The end of the comment, string or character that begins at i, or i + 1.
    private static int Skip(string s, int i, out bool blank)
    {
        blank = true;
        if (At(s, i, "//")) return IndexOrEnd(s, "\n", i, 0);
        if (At(s, i, "/*")) return IndexOrEnd(s, "*/", i + 2, 2);
        if (s[i] == '\'') return Quoted(s, i, '\'');
        int quote = i;
        bool interpolated = false, verbatim = false;
        while (quote < s.Length && s[quote] is '$' or '@')
        {
            interpolated |= s[quote] == '$';
            verbatim |= s[quote] == '@';
            if (++quote == s.Length) break;
        }

        if (quote == s.Length || s[quote] != '"')
        {
            blank = false;
            return i + 1;
        }

        blank = !interpolated;
        int quotes = 0;
        while (quote + quotes < s.Length && s[quote + quotes] == '"') quotes++;
        if (quotes >= 3) return IndexOrEnd(s, new string('"', quotes), quote + quotes, quotes);
        if (!verbatim) return Quoted(s, quote, '"');
        int end = quote + 1;
        while (end < s.Length && !(s[end] == '"' && !At(s, end, "\"\""))) end += At(s, end, "\"\"") ? 2 : 1;
        return Math.Min(s.Length, end + 1);
    }

    private static int Quoted(string s, int i, char quote)
    {
        for (int k = i + 1; k < s.Length; k++)
        {
            if (s[k] == '\\') k++;
            else if (s[k] == quote) return k + 1;
            else if (s[k] == '\n') return k;
        }

        return s.Length;
    }

    private static bool At(string s, int i, string what) => string.CompareOrdinal(s, i, what, 0, what.Length) == 0;

    private static int IndexOrEnd(string s, string what, int from, int extra)
    {
        int found = s.IndexOf(what, Math.Min(from, s.Length), StringComparison.Ordinal);
        return found < 0 ? s.Length : found + extra;
    }
}
