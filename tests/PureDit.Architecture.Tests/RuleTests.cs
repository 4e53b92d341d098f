// Each rule must fail on a planted violation, and stay quiet on what looks like one.

namespace PureDit.Architecture.Tests;

public sealed class RuleTests
{
    private const string Library = "src/PureDit.Nn/X.cs";
    private const string Kernel = "kernels/PureDit.Kernels/X.cs";
    private const string Cli = "src/PureDit.Cli/X.cs";

    [Theory]
    [InlineData(Library, "[DllImport(\"c\")] static extern int f();")]
    [InlineData(Library, "[LibraryImport(\"c\")] static partial int f();")]
    [InlineData(Cli, "NativeLibrary.Load(name);")]
    [InlineData(Kernel, "Vector512.MultiplyAddEstimate(a, b, c)")]
    [InlineData(Kernel, "x = float.ReciprocalEstimate(y);")]
    [InlineData(Kernel, "MathF.ReciprocalSqrtEstimate(y)")]
    [InlineData(Kernel, "Vector<float> v;")]
    [InlineData(Kernel, "y = MathF.Exp(x);")]
    [InlineData(Kernel, "y = MathF.Log2(x);")]
    [InlineData(Kernel, "y = Vector256.Sin(x);")]
    [InlineData(Kernel, "y = Avx512F.Reciprocal14(x);")]
    [InlineData(Kernel, "y = Sse.ReciprocalSqrt(x);")]
    [InlineData(Library, "y = Math.Exp(x);")]
    [InlineData(Library, "y = double.Pow(x, 2);")]
    [InlineData(Library, "TensorPrimitives.Sum(x)")]
    [InlineData(Kernel, "delegate* unmanaged<int> call;")]
    [InlineData("src/PureDit.Cli/Host/X.cs", "NativeLibrary.Load(name);")]
    [InlineData(Library, "Random.Shared.Next()")]
    [InlineData(Cli, "new Random()")]
    [InlineData(Library, "DateTime.Now")]
    [InlineData(Library, "DateTimeOffset.UtcNow")]
    [InlineData(Kernel, "Stopwatch.StartNew()")]
    [InlineData(Library, "Console.WriteLine(1)")]
    [InlineData(Library, "$\"{DateTime.UtcNow}\"")]
    [InlineData(Cli, "new Thread(Run).Start()")]
    [InlineData(Library, "#nullable disable")]
    [InlineData(Library, "#pragma warning disable\nint x;")]
    public void BannedIn_PlantedViolation_IsFound(string path, string code)
    {
        string found = Assert.Single(SourceRules.BannedIn(path, "// first line\n" + code + "\n"));
        Assert.StartsWith($"{path}:2: ", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Kernel, "// unlike MathF.Exp, whose bits differ")]
    [InlineData(Kernel, "/* Vector<float> is\n narrower */")]
    [InlineData(Library, "throw new X(\"use Console.Out\");")]
    [InlineData(Library, "throw new X(@\"a \"\" Console.Out\");")]
    [InlineData(Library, "string s = \"\"\"\n Random.Shared \"quoted\"\n\"\"\";")]
    [InlineData(Library, "char quote = '\"'; int x; // Console.")]
    [InlineData("kernels/PureDit.Kernels/Reference/X.cs", "MathF.Exp(x)")]
    [InlineData("src/PureDit.Reporting/X.cs", "Math.Exp(x)")]
    [InlineData("src/PureDit.Cli/Host/X.cs", "[LibraryImport(\"libc\")] static partial int fsync(int file);")]
    [InlineData(Library, "PortableMath.Exp(x); Math.Sqrt(x); Math.ILogB(x); Math.Max(x, y)")]
    [InlineData(Kernel, "MathF.Sqrt(x); Vector512<float> v;")]
    [InlineData(Cli, "Console.WriteLine(Stopwatch.StartNew()); _ = DateTime.Now;")]
    [InlineData(Library, "new Random(seed)")]
    [InlineData("tests/PureDit.Nn.Tests/X.cs", "Console.WriteLine(MathF.Exp(1)); Random.Shared.Next();")]
    public void BannedIn_AllowedCode_IsQuiet(string path, string code) => Assert.Empty(SourceRules.BannedIn(path, code));

    [Fact]
    public void BannedIn_EveryRuleHasAPlantedViolation()
    {
        IEnumerable<string> planted = typeof(RuleTests).GetMethod(nameof(BannedIn_PlantedViolation_IsFound))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(d => (string)d.GetData(null!).Single()[1]);
        Assert.All(SourceRules.Banned, rule => Assert.Contains(planted, code => System.Text.RegularExpressions.Regex.IsMatch(code, rule.Pattern, System.Text.RegularExpressions.RegexOptions.Multiline)));
    }

    [Fact]
    public void Shape_LongFilesAndEmptyNames_AreFound()
    {
        Assert.Empty(SourceRules.Shape("a/MatMul.Packing.cs", string.Concat(Enumerable.Repeat("x\n", SourceRules.MostLines))));
        Assert.Single(SourceRules.Shape("a/MatMul.cs", string.Concat(Enumerable.Repeat("x\n", SourceRules.MostLines + 1))));
        Assert.All(["SpanUtils", "MathHelpers", "Common", "RunManager", "Misc", "SpanHelper.Copy"], name => Assert.Single(SourceRules.Shape($"a/{name}.cs", "x")));
        Assert.Empty(SourceRules.Shape("a/CommonMode.cs", "x"));
    }

    [Theory]
    [InlineData("<ProjectReference Include=\"../PureDit.Nn/PureDit.Nn.csproj\" />", "references [PureDit.Kernels, PureDit.Nn]; the layers say [PureDit.Kernels]")]
    [InlineData("<PackageReference Include=\"MathNet.Numerics\" />", "package MathNet.Numerics")]
    [InlineData("<Compile Remove=\"X.cs\" />", "item Compile")]
    [InlineData("<PackageReference Include=\"System.Numerics.Tensors\" NoWarn=\"NU1901\" />", "silences warnings")]
    public void Violations_PlantedItem_IsFound(string item, string expected) =>
        Assert.Contains(expected, Assert.Single(ProjectRules.Violations("src/PureDit.Autodiff/PureDit.Autodiff.csproj", Project(item: item))), StringComparison.Ordinal);

    [Theory]
    [InlineData("<NoWarn>CS1591</NoWarn>")]
    [InlineData("<TreatWarningsAsErrors>false</TreatWarningsAsErrors>")]
    [InlineData("<IsAotCompatible>false</IsAotCompatible>")]
    [InlineData("<AllowUnsafeBlocks>true</AllowUnsafeBlocks>")]
    [InlineData("<CheckForOverflowUnderflow>false</CheckForOverflowUnderflow>")]
    public void Violations_PlantedProperty_IsFound(string property)
    {
        string text = Project(property: property);
        Assert.Contains("settings belong to Directory.Build.props", Assert.Single(ProjectRules.Violations("src/PureDit.Autodiff/PureDit.Autodiff.csproj", text)), StringComparison.Ordinal);
    }

    [Fact]
    public void Violations_MissingUnknownAndImporting_AreFound()
    {
        Assert.Empty(ProjectRules.Violations("src/PureDit.Autodiff/PureDit.Autodiff.csproj", Project()));
        Assert.Empty(ProjectRules.Violations("src/PureDit.Autodiff/PureDit.Autodiff.csproj", Project(property: "<CheckForOverflowUnderflow>true</CheckForOverflowUnderflow>")));
        Assert.Equal(ProjectRules.Layers.Count, ProjectRules.Violations(new Dictionary<string, string>()).Count);
        Assert.Contains("not in the layers", Assert.Single(ProjectRules.Violations("src/PureDit.New/PureDit.New.csproj", Project())), StringComparison.Ordinal);
        string importing = Project().Replace("</Project>", "<Import Project=\"x.props\" /></Project>", StringComparison.Ordinal);
        Assert.Contains("Import is not expected", Assert.Single(ProjectRules.Violations("src/PureDit.Autodiff/PureDit.Autodiff.csproj", importing)), StringComparison.Ordinal);
    }

    [Fact]
    public void UnsafeOutsideKernels_PlantedProperty_IsFound()
    {
        string text = Project(property: "<AllowUnsafeBlocks>true</AllowUnsafeBlocks>");
        Assert.Single(ProjectRules.UnsafeOutsideKernels("tests/X/X.csproj", text));
        Assert.Empty(ProjectRules.UnsafeOutsideKernels("kernels/X/X.csproj", text));
        Assert.Empty(ProjectRules.UnsafeOutsideKernels("tests/X/X.csproj", text.Replace("true", "false", StringComparison.Ordinal)));
    }

    private static string Project(string item = "", string property = "") =>
        $"<Project><PropertyGroup>{property}</PropertyGroup><ItemGroup><ProjectReference Include=\"..\\..\\kernels\\PureDit.Kernels\\PureDit.Kernels.csproj\" />{item}</ItemGroup></Project>";
}
