// The book on disk: the pages are README.md, SECURITY.md and those of docs and its folders of pages, the sources all C# files
// but build output.

namespace PureDit.Book;

public static class Repository
{
    private static readonly string[] s_rootPages = ["README.md", "SECURITY.md"], s_pageFolders = ["docs", "docs/benchmarks", "docs/decisions"];
    private static readonly string[] s_notSource = ["bin", "obj", ".git", "artifacts", "runs", "TestResults", "node_modules"];

    /// <summary>The repository that holds a folder: the nearest folder above with PureDit.sln.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Find(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "PureDit.sln"))) return at.FullName;
        }

        throw new InvalidOperationException($"No PureDit.sln above {folder}: run this inside the repository.");
    }

    /// <summary>Everything in which pages and sources disagree; empty when the book is true.</summary>
    public static IReadOnlyList<string> Check(string root)
    {
        CodeRegions regions = Regions(root);
        List<string> problems = [.. regions.Problems];
        Dictionary<string, string> docs = [];
        foreach (string page in Pages(root))
        {
            string text = File.ReadAllText(Path.Combine(root, page));
            SyncedPage synced = Page.Sync(page, text, Sources(root, regions));
            problems.AddRange(synced.Problems);
            problems.AddRange(synced.Stale);
            problems.AddRange(Links.Problems(page, text, file => Read(root, file)));
            problems.AddRange(Formulas.Problems(page, text));
            if (page.StartsWith("docs/", StringComparison.Ordinal)) docs[page["docs/".Length..]] = text;
        }

        problems.AddRange(ChapterShape.Problems(docs));
        return problems;
    }

    /// <summary>Rewrites the generated parts of all pages; returns what could not be filled.</summary>
    public static IReadOnlyList<string> Sync(string root)
    {
        CodeRegions regions = Regions(root);
        List<string> problems = [.. regions.Problems];
        foreach (string page in Pages(root))
        {
            string path = Path.Combine(root, page), text = File.ReadAllText(path);
            SyncedPage synced = Page.Sync(page, text, Sources(root, regions));
            problems.AddRange(synced.Problems);
            if (synced.Text != text) File.WriteAllText(path, synced.Text);
        }

        return problems;
    }

    private static IEnumerable<string> Pages(string root)
    {
        foreach (string page in s_rootPages.Where(page => File.Exists(Path.Combine(root, page)))) yield return page;
        foreach (string folder in s_pageFolders.Where(folder => Directory.Exists(Path.Combine(root, folder))))
        {
            foreach (string path in Directory.EnumerateFiles(Path.Combine(root, folder), "*.md").Order(StringComparer.Ordinal))
            {
                yield return $"{folder}/{Path.GetFileName(path)}";
            }
        }
    }

    private static CodeRegions Regions(string root)
    {
        CodeRegions regions = new();
        foreach (string path in SourceFiles(root)) regions.Add(Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText(path));
        return regions;
    }

    private static IEnumerable<string> SourceFiles(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs").Order(StringComparer.Ordinal)) yield return file;
        foreach (string inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (s_notSource.Contains(Path.GetFileName(inner))) continue;
            foreach (string file in SourceFiles(inner)) yield return file;
        }
    }

    private static BookSources Sources(string root, CodeRegions regions) =>
        new(regions.ByName, file => Read(root, "docs/results/" + file));

    private static string? Read(string root, string file)
    {
        string path = Path.Combine(root, file);
        return File.Exists(path) ? File.ReadAllText(path) : Directory.Exists(path) ? "" : null;
    }
}
