using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>
/// Every public kernel on arrays that end and begin at forbidden pages, in a process of its own: one value read or
/// written too far, or a write to an input, ends it, and the file says at which case.
/// </summary>
public sealed class GuardPageTests
{
    [LinuxFact]
    public void EveryKernel_TouchesOnlyItsArrays_AndNeverWritesItsInputs()
    {
        (int code, string output, string running) = Run();
        Assert.True(code == 0, $"exit code {code} at: {running}");
        Assert.Contains($"{SimdLevels.Supported[0]}", output, StringComparison.Ordinal);
    }

    [LinuxTheory]
    [InlineData("read", "Planted.ReadsOnePast(x) with length 0 at")]
    [InlineData("write", "Planted.WritesOnePast(y) with length 0 at")]
    [InlineData("input", "Planted.WritesItsInput(x) with length 0 at")]
    public void PlantedBug_EndsTheProcess_AndIsNamed(string bug, string named)
    {
        (int code, _, string running) = Run(bug);
        Assert.True(code is 134 or 139, $"exit code {code}");
        Assert.StartsWith(named, running, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Running) Run(params string[] bug)
    {
        string file = Path.GetTempFileName();
        try
        {
            (int code, string output, string error) = ChildProcess.Run("PureDit.GuardPages", new Dictionary<string, string>(), [file, .. bug]);
            return (code, output, File.ReadAllText(file).Trim() + (code == 1 ? error : ""));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? NoReason => OperatingSystem.IsLinux() ? null : "protected pages are made with Linux's mmap";

    private sealed class LinuxFactAttribute : FactAttribute
    {
        public LinuxFactAttribute() => Skip = NoReason;
    }

    private sealed class LinuxTheoryAttribute : TheoryAttribute
    {
        public LinuxTheoryAttribute() => Skip = NoReason;
    }
}
