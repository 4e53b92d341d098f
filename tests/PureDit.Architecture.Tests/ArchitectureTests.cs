using System.Xml.Linq;
using PureDit.TestSupport;

namespace PureDit.Architecture.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void Projects_ReferenceOnlyTheirLayersAndPackages() =>
        None(ProjectRules.Violations(RepositoryFiles.Read("*.csproj", SourceRules.Ships)));

    // It attacks the readers, so it stands above all of them; nothing else may grow into it.
    [Fact]
    public void Fuzzing_StandsOnTrainingAlone()
    {
        KeyValuePair<string, string> fuzz = Assert.Single(RepositoryFiles.Read("PureDit.Fuzz.csproj", path => path.StartsWith("tests/", StringComparison.Ordinal)));
        XElement[] references = [.. XDocument.Parse(fuzz.Value).Descendants().Where(e => e.Name.LocalName is "ProjectReference" or "PackageReference")];
        Assert.Equal("../../src/PureDit.Training/PureDit.Training.csproj", (string?)Assert.Single(references).Attribute("Include"));
    }

    [Fact]
    public void UnsafeCode_OnlyInKernels() =>
        None(RepositoryFiles.Read("*.csproj", _ => true)
            .Concat(RepositoryFiles.Read("*.props", _ => true))
            .Append(new("Directory.Build.props", Root("Directory.Build.props")))
            .SelectMany(f => ProjectRules.UnsafeOutsideKernels(f.Key, f.Value)));

    [Fact]
    public void ShippedSource_HasNoBannedCode() =>
        None(RepositoryFiles.Read("*.cs", SourceRules.Ships).SelectMany(f => SourceRules.BannedIn(f.Key, f.Value)));

    [Fact]
    public void SourceFiles_AreShortAndNamedForAConcept() =>
        None(RepositoryFiles.Read("*.cs", _ => true).SelectMany(f => SourceRules.Shape(f.Key, f.Value)));

    [Fact]
    public void CommonSettings_AreStrictAndStandAlone()
    {
        XDocument props = XDocument.Parse(Root("Directory.Build.props"));
        foreach (string setting in new[] { "Nullable=enable", "TreatWarningsAsErrors=true", "Deterministic=true", "GenerateDocumentationFile=true", "IsAotCompatible=true", "RestorePackagesWithLockFile=true" })
        {
            string[] part = setting.Split('=');
            Assert.Contains(props.Descendants(part[0]), e => e.Value == part[1]);
        }

        // A second props or targets file below src or kernels would replace the common one for what ships.
        Assert.Empty(RepositoryFiles.Read("Directory.Build.*", SourceRules.Ships));
    }

    private static string Root(string file) => File.ReadAllText(Path.Combine(SharedFiles.RepositoryRoot, file));

    private static void None(IEnumerable<string> violations)
    {
        List<string> all = [.. violations];
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
