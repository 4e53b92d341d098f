using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

/// <summary>Vector widths a kernel can run at. Results are bit-identical at all of them where FMA hardware exists.</summary>
public enum SimdLevel
{
    /// <summary>Four floats: SSE, Arm NEON, WebAssembly, or plain scalar code.</summary>
    Vector128 = 128,

    /// <summary>Eight floats: AVX2 with FMA.</summary>
    Vector256 = 256,

    /// <summary>Sixteen floats: AVX-512.</summary>
    Vector512 = 512,
}

/// <summary>Which widths this machine has; the only place that asks.</summary>
public static class SimdLevels
{
    /// <summary>Every supported width, widest first.</summary>
    public static IReadOnlyList<SimdLevel> Supported { get; } = FindSupported();

    /// <summary>
    /// The width used unless a <see cref="Cpu"/> asks for another: the widest supported, or the one named by the
    /// environment variable <c>PUREDIT_SIMD</c> (512, 256 or 128) where that is supported.
    /// </summary>
    public static SimdLevel Best { get; } = FindBest();

    private static List<SimdLevel> FindSupported()
    {
        List<SimdLevel> levels = [];
        // 512 first: twice the multiply-adds per cycle. Vector512 without hardware is emulated by the JIT, slowly.
        if (Vector512.IsHardwareAccelerated) levels.Add(SimdLevel.Vector512);
        // AVX2 without FMA exists on paper only, but would emulate every multiply-add.
        if (Vector256.IsHardwareAccelerated && Fma.IsSupported) levels.Add(SimdLevel.Vector256);
        levels.Add(SimdLevel.Vector128);
        return levels;
    }

    private static SimdLevel FindBest() =>
        Enum.TryParse("Vector" + Environment.GetEnvironmentVariable("PUREDIT_SIMD"), out SimdLevel asked)
        && Supported.Contains(asked)
            ? asked
            : Supported[0];
}
