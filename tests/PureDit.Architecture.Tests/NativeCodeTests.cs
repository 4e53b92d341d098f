using System.Runtime.InteropServices;

namespace PureDit.Architecture.Tests;

/// <summary>What ships is managed: no import, no unmanaged call, no native library, but for one import of the command line.</summary>
public sealed class NativeCodeTests
{
    private const string CommandLine = "PureDit.Cli";

    public static TheoryData<string> ShippedAssemblies => [.. ProjectRules.Layers.Keys];

    [Theory]
    [MemberData(nameof(ShippedAssemblies))]
    public void ShippedAssembly_HasNoNativeCode(string name)
    {
        IReadOnlyList<string> found = NativeCode.In(Path.Combine(AppContext.BaseDirectory, (name == CommandLine ? "puredit" : name) + ".dll"));
        if (name == CommandLine && found is [string only] && only.StartsWith("import ", StringComparison.Ordinal)) return; // syncs a folder
        Assert.Empty(found);
    }

    [Fact]
    public void CommandLine_HasItsImportInOneFileOfTheHost() => Assert.True(
        RepositoryFiles.Read("*.cs", SourceRules.MayImport).Count(file => SourceRules.Imports(file.Value)) <= 1,
        "more than one file of src/PureDit.Cli/Host imports native code.");

    [Fact]
    public void PlantedImportAndLibrary_AreFound()
    {
        IReadOnlyList<string> found = NativeCode.In(typeof(NativeCodeTests).Assembly.Location);
        Assert.Contains($"import getpid of libc, by {typeof(NativeCodeTests).Namespace}.{nameof(Planted)}", found);
        Assert.Contains("reference to NativeLibrary", found);
    }

    [Fact]
    public void UnmanagedCallsOfTheRuntimeItself_AreFound() =>
        Assert.Contains(NativeCode.In(typeof(object).Assembly.Location), way => way.StartsWith("call through a function pointer", StringComparison.Ordinal));
}

/// <summary>Never called.</summary>
internal static class Planted
{
    public static nint Load() => NativeLibrary.Load("none") + Import();

    [DllImport("libc", EntryPoint = "getpid")]
    private static extern int Import();
}
