using PureDit.TestSupport;

namespace PureDit.Architecture.Tests;

/// <summary>Files of the repository by path (forward slashes), build output left out.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] s_folders = ["src", "kernels", "tests", "bench", "docs"];

    public static IReadOnlyDictionary<string, string> Read(string pattern, Func<string, bool> keep)
    {
        Dictionary<string, string> files = [];
        foreach (string folder in s_folders.Select(f => Path.Combine(SharedFiles.RepositoryRoot, f)).Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            {
                string path = Path.GetRelativePath(SharedFiles.RepositoryRoot, file).Replace('\\', '/');
                if (path.Contains("/bin/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal) || !keep(path)) continue;
                files[path] = File.ReadAllText(file);
            }
        }

        return files;
    }
}
