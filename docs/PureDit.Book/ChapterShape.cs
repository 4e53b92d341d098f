// What every chapter has: a section "Exercises" with four exercises numbered 1 to 4, and in answers.md a section that
// begins with the chapter's number, with four answers. Chapter 00 is a map and has none.

using System.Text.RegularExpressions;

namespace PureDit.Book;

public static partial class ChapterShape
{
    private const int Exercises = 4;

    /// <summary>What chapters lack.</summary>
    /// <param name="pages">Text of the pages in docs by file name.</param>
    public static IReadOnlyList<string> Problems(IReadOnlyDictionary<string, string> pages)
    {
        List<string> problems = [];
        foreach ((string name, string text) in pages.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            Match chapter = Chapter().Match(name);
            if (!chapter.Success || chapter.Groups[1].Value == "00") continue;
            Require(Count(text, "^## Exercises"), $"docs/{name}: section '## Exercises'");
            string number = chapter.Groups[1].Value, answers = $"docs/answers.md: section '## {number} …' for {name}";
            Require(pages.TryGetValue("answers.md", out string? all) ? Count(all, $@"^## 0*{number.TrimStart('0')}\b") : null, answers);
        }

        return problems;

        void Require(int[]? found, string where)
        {
            if (found is null) problems.Add($"{where} is missing.");
            else if (!found.SequenceEqual(Enumerable.Range(1, Exercises)))
            {
                problems.Add($"{where}: expected items 1 to {Exercises}, got {(found.Length == 0 ? "none" : string.Join(", ", found))}.");
            }
        }
    }

    // Numbers of the items in the section whose heading matches; null without such a section.
    private static int[]? Count(string text, string heading)
    {
        List<string>? section = null;
        foreach ((string line, _) in Links.Prose(text))
        {
            if (Regex.IsMatch(line, heading)) section = [];
            else if (section is not null && line.StartsWith("## ", StringComparison.Ordinal)) break;
            else section?.Add(line);
        }

        return section is null ? null : [.. section.Select(l => Item().Match(l)).Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"^(\d\d)-.*\.md$")]
    private static partial Regex Chapter();

    [GeneratedRegex(@"^(?:\*\*)?(\d{1,2})[.)]\s")]
    private static partial Regex Item();
}
