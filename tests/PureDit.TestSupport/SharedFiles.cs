namespace PureDit.TestSupport;

/// <summary>
/// Reference files that are not part of the repository: looked for in the folder named by <c>PUREDIT_SHARED</c>, else
/// in <c>shared</c> beside the repository. Tests that need them say so and pass over where they are absent.
/// </summary>
public static class SharedFiles
{
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>The path of a shared file or folder, or null where it is absent.</summary>
    public static string? Find(string relativePath)
    {
        string root = Environment.GetEnvironmentVariable("PUREDIT_SHARED") ?? Path.Combine(RepositoryRoot, "..", "shared");
        string path = Path.GetFullPath(Path.Combine(root, relativePath));
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    private static string FindRepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PureDit.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No PureDit.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A fact that needs a shared file; where it is absent the test is skipped, with the path as the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFileFactAttribute : Xunit.FactAttribute
{
    public SharedFileFactAttribute(string relativePath)
    {
        RelativePath = relativePath;
        if (SharedFiles.Find(relativePath) is null) Skip = $"shared file not present: {relativePath}";
    }

    public string RelativePath { get; }
}
