// Formulas that a common Markdown host would not show as they are written. It reads Markdown first: in an inline formula a
// backslash before punctuation is an escape and disappears, so that \, is a comma and \{ nothing; a star or an underscore
// may begin emphasis; a bar ends a table's cell; a formula in a link, beside a letter or over two lines stays text. What to
// write instead: commands of letters (\Vert, \lbrace, \cr, \ast), or "}_ i" for "}_i". In display formulas ($$) escapes are
// safe; stars and underscores are held to the same rule.

using System.Globalization;
using System.Text.RegularExpressions;

namespace PureDit.Book;

public static partial class Formulas
{
    private sealed record Formula(int Begin, int End, bool Display);

    /// <summary>Formulas of a page that would not be shown.</summary>
    /// <param name="path">The page, relative to the repository.</param>
    /// <param name="text">Its text.</param>
    public static IReadOnlyList<string> Problems(string path, string text)
    {
        List<string> problems = [];
        foreach ((string block, int line) in Blocks(text))
        {
            string seen = Comment().Replace(block, m => new string('x', m.Length));
            List<Formula> formulas = Find(seen, out bool open);
            if (open) problems.Add($"{path}:{line}: a formula that begins here does not end in this paragraph.");
            foreach (Formula formula in formulas)
            {
                if (Problem(seen, formula) is { } problem) Add(formula.Begin, $"formula '{Short(seen[formula.Begin..formula.End])}' {problem}");
            }

            foreach (int at in Emphasis(seen, formulas)) Add(at, $"'{seen.Substring(at - 1, 3)}' begins emphasis that a later underscore ends; put a blank behind it");

            void Add(int at, string what) => problems.Add($"{path}:{line + seen[..at].Count(c => c == '\n')}: {what}.");
        }

        return problems;
    }

    private static string? Problem(string text, Formula formula)
    {
        string body = text[formula.Begin..formula.End];
        if (body.Contains('*', StringComparison.Ordinal)) return @"has a star; write \ast";
        if (body.Contains(@"\operatorname", StringComparison.Ordinal)) return @"has \operatorname; write \mathrm";
        if (TagInside().IsMatch(body)) return @"has a \tag before its \end";
        if (formula.Display)
        {
            if (LikeList().IsMatch(body)) return "has a line that looks like an item of a list";
            return null;
        }

        if (body.Contains('\n', StringComparison.Ordinal)) return "goes over two lines";
        if (body.Length == 0 || char.IsWhiteSpace(body[0]) || char.IsWhiteSpace(body[^1])) return "is empty, or begins or ends with a blank";
        if (Escape().Match(body) is { Success: true } escape) return $"has {escape.Value}, which is an escape; write a command of letters, or a blank";
        if (body.Contains("](", StringComparison.Ordinal)) return "looks like a link";
        if (Tag().IsMatch(body)) return "has a < without blanks around it";
        bool inTable = text.StartsWith('|');
        if (inTable && body.Contains('|', StringComparison.Ordinal)) return @"has a bar in a table; write \lvert and \rvert";
        int before = formula.Begin - 2, after = formula.End + 1;
        if (before >= 0 && (char.IsLetterOrDigit(text[before]) || text[before] == '-')) return $"follows '{text[before]}' without a blank";
        if (after < text.Length && char.IsLetterOrDigit(text[after])) return $"is followed by '{text[after]}' without a blank";
        return null;
    }

    // Underscores that may begin emphasis, by the rules of CommonMark, where a later one of the block may end it.
    private static IEnumerable<int> Emphasis(string text, List<Formula> formulas)
    {
        List<int> begin = [];
        int last = -1;
        foreach (int i in formulas.SelectMany(f => Enumerable.Range(f.Begin, f.End - f.Begin)).Where(i => text[i] == '_' && text[i - 1] != '\\'))
        {
            (char before, char after) = (text[i - 1], text[i + 1]);
            bool left = !char.IsWhiteSpace(after) && (!IsPunctuation(after) || char.IsWhiteSpace(before) || IsPunctuation(before));
            bool right = !char.IsWhiteSpace(before) && (!IsPunctuation(before) || char.IsWhiteSpace(after) || IsPunctuation(after));
            if (left && (!right || IsPunctuation(before))) begin.Add(i);
            if (right && (!left || IsPunctuation(after))) last = i;
        }

        return begin.Where(i => i < last);
    }

    private static bool IsPunctuation(char c) => char.IsPunctuation(c) || char.IsSymbol(c);

    private static List<Formula> Find(string text, out bool open)
    {
        List<Formula> found = [];
        open = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '$')
            {
                string sign = i + 1 < text.Length && text[i + 1] == '$' ? "$$" : "$";
                int begin = i + sign.Length, end = begin;
                while (end < text.Length && !text.AsSpan(end).StartsWith(sign, StringComparison.Ordinal)) end += text[end] == '\\' ? 2 : 1;
                if (end >= text.Length)
                {
                    open = true;
                    return found;
                }

                found.Add(new(begin, end, sign.Length == 2));
                i = end + sign.Length - 1;
            }
        }

        return found;
    }

    // Paragraphs, items, headings and rows of tables with the number of their first line. A display formula is whole.
    private static IEnumerable<(string Text, int Line)> Blocks(string text)
    {
        List<string> block = [];
        int first = 0, previous = 0;
        bool display = false;
        foreach ((string line, int number) in Links.Prose(text))
        {
            bool begins = line.Trim().Length == 0 || number != previous + 1 || (BlockStart().IsMatch(line) && !display);
            if (begins && block.Count > 0)
            {
                yield return (string.Join('\n', block), first);
                block.Clear();
                display = false;
            }

            previous = number;
            if (line.Trim().Length == 0) continue;
            if (block.Count == 0) first = number;
            block.Add(line);
            display ^= (line.Split("$$").Length - 1) % 2 == 1;
        }

        if (block.Count > 0) yield return (string.Join('\n', block), first);
    }

    private static string Short(string body) => body.Length <= 40 ? body : string.Create(CultureInfo.InvariantCulture, $"{body[..37]}...");

    [GeneratedRegex(@"<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*([-+*>]\s|\d+[.)]\s|#|\||<(?!!-- number)|!\[)")]
    private static partial Regex BlockStart();

    [GeneratedRegex(@"\\[!-/:-@\[-`{-~]")]
    private static partial Regex Escape();

    [GeneratedRegex(@"<\w|\w<")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\n\s*[-+]\s")]
    private static partial Regex LikeList();

    [GeneratedRegex(@"\\tag\{[^}]*\}[^$]*\\end\{")]
    private static partial Regex TagInside();
}
