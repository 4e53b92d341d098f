// What may not stand in shipped source code, and why. Rules see a path and a text, so planted text tests them.

using System.Text.RegularExpressions;

namespace PureDit.Architecture.Tests;

/// <param name="Pattern">What is banned.</param>
/// <param name="Reason">Why.</param>
/// <param name="Applies">Where, by path from the repository with forward slashes.</param>
internal sealed record BannedCode(string Pattern, string Reason, Func<string, bool> Applies);

internal static class SourceRules
{
    public const int MostLines = 400;

    public static IReadOnlyList<BannedCode> Banned { get; } =
    [
        new(@"\b(DllImport|LibraryImport)\b", "the project is managed: no native code", p => Ships(p) && !MayImport(p)),
        new(@"\bNativeLibrary\b|\bdelegate\s*\*\s*unmanaged", "the project is managed: no native code", Ships),
        new(@"\b\w*(MultiplyAddEstimate|Reciprocal|ReciprocalSqrt)\w*\(", "its bits depend on the machine", Ships),
        new(@"\bVector<(float|T)>", "its width depends on the machine and is not the widest; use the width-generic seam", Ships),
        new(@"\bTensorPrimitives\b", "the order of its sums and its functions depend on the machine", Ships),
        new(@"\b(MathF?|float|double|Vector(64|128|256|512))\." + Transcendental, "its bits depend on the platform; use SimdMath or PortableMath", Computes),
        new(@"\bRandom\.Shared\b|\bnew Random\(\s*\)", "randomness is an explicit key", Ships),
        new(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\b|\bEnvironment\.TickCount", "a library has no clock; pass time in", LibraryOnly),
        new(@"\bConsole\.", "a library does not print; report through IProgress", LibraryOnly),
        new(@"\bnew Thread\b", "threads come from the pool, through Cpu", Ships),
        new(@"#nullable\s+disable", "null checks are on everywhere", Ships),
        new(@"#pragma\s+warning\s+disable\s*(\r?$|CS1591)", "public members are documented", Ships),
    ];

    private const string Transcendental = @"(Exp\w*|A?(Sin|Cos|Tan)(h|Pi)?|Atan2(Pi)?|SinCos(Pi)?|Log\w*|Pow|Cbrt|RootN)\b";

    /// <summary>Where numbers decide what is learnt or drawn: all that ships but references, charts, benchmarks and the command line.</summary>
    private static bool Computes(string path) =>
        Ships(path) && !path.Contains("/Reference/", StringComparison.Ordinal)
        && !new[] { "Reporting", "Benchmarking", "Cli" }.Any(name => In(path, "src/PureDit." + name));

    /// <summary>Where one file may import what syncs a folder.</summary>
    public static bool MayImport(string path) => In(path, "src/PureDit.Cli/Host");

    /// <summary>Whether a file imports native code.</summary>
    public static bool Imports(string source) => Regex.IsMatch(CSharpText.Code(source), @"\b(DllImport|LibraryImport)\b");

    public static bool Ships(string path) => In(path, "src") || In(path, "kernels");

    /// <summary>Banned code in a file, as path:line: what, why.</summary>
    public static IReadOnlyList<string> BannedIn(string path, string source)
    {
        List<string> found = [];
        string code = CSharpText.Code(source);
        foreach (BannedCode rule in Banned.Where(r => r.Applies(path)))
        {
            foreach (Match match in Regex.Matches(code, rule.Pattern, RegexOptions.Multiline))
            {
                found.Add($"{path}:{code.AsSpan(0, match.Index).Count('\n') + 1}: {match.Value.Trim()}: {rule.Reason}.");
            }
        }

        return found;
    }

    /// <summary>A file that is too long to read in one sitting, or whose name says nothing.</summary>
    public static IReadOnlyList<string> Shape(string path, string source)
    {
        List<string> found = [];
        int lines = source.AsSpan().TrimEnd().Count('\n') + 1;
        if (lines > MostLines) found.Add($"{path}: {lines} lines; at most {MostLines}. Split it by concept.");
        string name = Path.GetFileNameWithoutExtension(path);
        if (Regex.IsMatch(name, @"(Utils?|Utilities|Helpers?|Common|Manager|Misc)(\.|$)"))
        {
            found.Add($"{path}: the name says nothing; name the concept.");
        }

        return found;
    }

    private static bool LibraryOnly(string path) => Ships(path) && !path.StartsWith("src/PureDit.Cli/", StringComparison.Ordinal);

    private static bool In(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);
}
