// Links of a page that lead nowhere: files that do not exist, headings that a page does not have. Links to the web are
// not followed. Headings become anchors the way common Markdown hosts do it: lower case, punctuation dropped, blanks
// turned into hyphens.

using System.Text.RegularExpressions;

namespace PureDit.Book;

public static partial class Links
{
    /// <summary>Broken links of a page.</summary>
    /// <param name="path">The page, relative to the repository.</param>
    /// <param name="text">Its text.</param>
    /// <param name="read">Text of a file of the repository; empty for a folder, null where there is none.</param>
    public static IReadOnlyList<string> Problems(string path, string text, Func<string, string?> read)
    {
        List<string> problems = [];
        foreach ((string line, int number) in Prose(text))
        {
            foreach (Match link in Link().Matches(line).Concat(Attribute().Matches(line)))
            {
                string target = link.Groups["to"].Value;
                if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                string[] parts = target.Split('#', 2);
                string file = parts[0].Length == 0 ? path : Resolve(path, Uri.UnescapeDataString(parts[0]));
                string? content = file == path ? text : read(file);
                if (content is null) problems.Add($"{path}:{number}: link to {target}, which does not exist.");
                else if (parts.Length == 2 && file.EndsWith(".md", StringComparison.Ordinal) && !Anchors(content).Contains(parts[1]))
                {
                    problems.Add($"{path}:{number}: link to {target}, a heading that {file} does not have.");
                }
            }
        }

        return problems;
    }

    /// <summary>Lines outside fences, without inline code, with their numbers.</summary>
    public static IEnumerable<(string Line, int Number)> Prose(string text)
    {
        string? fence = null;
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Match ticks = Fence().Match(lines[i]);
            if (fence is null && ticks.Success) fence = ticks.Groups[1].Value;
            else if (fence is not null)
            {
                if (lines[i].Trim() == fence) fence = null;
            }
            else yield return (InlineCode().Replace(lines[i], "`…`"), i + 1);
        }
    }

    private static HashSet<string> Anchors(string text)
    {
        HashSet<string> anchors = [];
        foreach ((string line, _) in Prose(text.Replace("`", "", StringComparison.Ordinal)))
        {
            Match heading = Heading().Match(line);
            if (!heading.Success) continue;
            string slug = NotInAnchor().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            for (int copy = 1; !anchors.Add(copy == 1 ? slug : $"{slug}-{copy - 1}"); copy++)
            {
            }
        }

        return anchors;
    }

    private static string Resolve(string page, string target)
    {
        List<string> parts = [.. page.Split('/')[..^1]];
        foreach (string part in target.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else return "(outside the repository)";
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)(\s+""[^""]*"")?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:src|srcset|href)=""(?<to>[^""]+)""")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^\s*(`{3,}|~{3,})")]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^#{1,6}\s+(.*?)\s*#*$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\p{M}_ -]")]
    private static partial Regex NotInAnchor();
}
