// Which project may reference which, what packages ship, and that no project file weakens the common settings.

using System.Xml.Linq;

namespace PureDit.Architecture.Tests;

internal static class ProjectRules
{
    /// <summary>References of each shipped project, exactly.</summary>
    public static IReadOnlyDictionary<string, string[]> Layers { get; } = new Dictionary<string, string[]>
    {
        ["PureDit.Kernels"] = [],
        ["PureDit.Formats"] = [],
        ["PureDit.Series"] = [],
        ["PureDit.Autodiff"] = ["PureDit.Kernels"],
        ["PureDit.Nn"] = ["PureDit.Autodiff", "PureDit.Formats"],
        ["PureDit.Diffusion"] = ["PureDit.Kernels"],
        ["PureDit.GaussianProcess"] = ["PureDit.Diffusion"],
        ["PureDit.Latent"] = ["PureDit.GaussianProcess"],
        ["PureDit.Inference"] = ["PureDit.Diffusion", "PureDit.Latent", "PureDit.Nn"],
        ["PureDit.Training"] = ["PureDit.GaussianProcess", "PureDit.Inference", "PureDit.Series"],
        ["PureDit.Reporting"] = ["PureDit.Training"],
        ["PureDit.Benchmarking"] = ["PureDit.Reporting"],
        ["PureDit.Laboratory"] = ["PureDit.Reporting"],
        ["PureDit.Cli"] = ["PureDit.Benchmarking", "PureDit.Laboratory"],
    };

    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["PureDit.Autodiff"] = ["System.Numerics.Tensors"],
        ["PureDit.Inference"] = ["System.Numerics.Tensors"],
        ["PureDit.Series"] = ["CsvHelper"],
        ["PureDit.Cli"] = ["Spectre.Console", "System.CommandLine"],
    };

    // All else comes from Directory.Build.props, where one place holds for everything that ships.
    private static readonly string[] s_properties =
        ["OutputType", "AssemblyName", "Description", "PackageId", "PackageTags", "PackageReadmeFile", "PackAsTool", "ToolCommandName"];

    private static readonly string[] s_items = ["ProjectReference", "PackageReference", "InternalsVisibleTo", "EmbeddedResource", "None"];

    /// <summary>Violations of the shipped projects, given as path and text of their project files.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyDictionary<string, string> projects)
    {
        List<string> found = [];
        foreach (string name in Layers.Keys.Where(n => !projects.Keys.Any(p => Path.GetFileNameWithoutExtension(p) == n)))
        {
            found.Add($"{name}: named in the layers, but there is no such project.");
        }

        foreach ((string path, string text) in projects.OrderBy(p => p.Key, StringComparer.Ordinal)) found.AddRange(Violations(path, text));
        return found;
    }

    /// <summary>Violations of one shipped project.</summary>
    public static IReadOnlyList<string> Violations(string path, string text)
    {
        List<string> found = [];
        XDocument project = XDocument.Parse(text);
        string name = Path.GetFileNameWithoutExtension(path);

        string[] references = Included(project, "ProjectReference", p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/')));
        if (!Layers.TryGetValue(name, out string[]? layer)) found.Add($"{path}: not in the layers; say there what it may reference.");
        else if (!references.SequenceEqual(layer))
        {
            found.Add($"{path}: references [{string.Join(", ", references)}]; the layers say [{string.Join(", ", layer)}].");
        }

        string[] allowed = s_packages.GetValueOrDefault(name, []);
        foreach (string package in Included(project, "PackageReference", p => p).Except(allowed))
        {
            found.Add($"{path}: package {package}; allowed are [{string.Join(", ", allowed)}].");
        }

        foreach (XElement property in project.Descendants("PropertyGroup").Elements())
        {
            bool stricter = property.Name.LocalName == "CheckForOverflowUnderflow" && property.Value == "true";
            if (stricter || (AllowsUnsafe(property) && path.StartsWith("kernels/", StringComparison.Ordinal))) continue;
            if (!s_properties.Contains(property.Name.LocalName)) found.Add($"{path}: sets {property.Name.LocalName}; settings belong to Directory.Build.props.");
        }

        foreach (XElement item in project.Descendants("ItemGroup").Elements())
        {
            if (!s_items.Contains(item.Name.LocalName)) found.Add($"{path}: item {item.Name.LocalName} is not expected in a shipped project.");
            if (item.Attribute("NoWarn") is not null) found.Add($"{path}: silences warnings of {(string?)item.Attribute("Include")}.");
        }

        foreach (XElement element in project.Root!.Elements().Where(e => e.Name.LocalName is not ("PropertyGroup" or "ItemGroup")))
        {
            found.Add($"{path}: {element.Name.LocalName} is not expected in a shipped project.");
        }

        return found;
    }

    /// <summary>Unsafe code allowed outside kernels, in any project or props file.</summary>
    public static IReadOnlyList<string> UnsafeOutsideKernels(string path, string text) =>
        !path.StartsWith("kernels/", StringComparison.Ordinal) && XDocument.Parse(text).Descendants().Any(AllowsUnsafe)
            ? [$"{path}: allows unsafe code; only kernels may."]
            : [];

    private static bool AllowsUnsafe(XElement property) =>
        property.Name.LocalName == "AllowUnsafeBlocks" && !property.Value.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    private static string[] Included(XDocument project, string item, Func<string, string> name) =>
        [.. project.Descendants(item).Select(e => name((string)e.Attribute("Include")!)).Order(StringComparer.Ordinal)];
}
