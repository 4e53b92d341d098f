// Transcendental functions of whole arrays, value by value. Bits do not depend on the machine, and errors are known for
// every float there is: tests/PureDit.Exhaustive compares all 2³² arguments with a reference in double, and the page
// docs/numbers.md tells what it found. Errors hold where multiply-add hardware exists. Twins: Reference/Elementwise.cs

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static unsafe partial class Elementwise
{
    /// <summary>
    /// Writes y = e^x within 0.9 ulp: +∞ above 88.72, gradually through the denormals to 0 below −103.97; a NaN stays a NaN.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Exp(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<ExpFunction>(cpu, x, y);

    /// <summary>Writes y = ln x within 1 ulp: −∞ at ±0, NaN below, +∞ at +∞; a NaN stays a NaN.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Log(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<LogFunction>(cpu, x, y);

    /// <summary>Writes y = tanh x within 1 ulp; ±0 stays ±0, a NaN stays a NaN, and tanh(−x) is −tanh(x) to the bit.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Tanh(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<TanhFunction>(cpu, x, y);

    /// <summary>
    /// Writes y = erf x = 2/√π·∫₀ˣ e^{−t²} dt within 1 ulp; ±0 stays ±0, a NaN stays a NaN, and erf(−x) is −erf(x) to the bit.
    /// </summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Erf(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<ErfFunction>(cpu, x, y);

    /// <summary>Writes y = sin x within 1 ulp for every finite x (radians); ±0 stays ±0, and what is not finite gives NaN.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Sin(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<SinFunction>(cpu, x, y);

    /// <summary>Writes y = cos x within 1 ulp for every finite x (radians); what is not finite gives NaN.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Cos(Cpu cpu, ReadOnlySpan<float> x, Span<float> y) => Apply<CosFunction>(cpu, x, y);

    private static void Apply<TFunction>(
        Cpu cpu, ReadOnlySpan<float> x, Span<float> y, [CallerArgumentExpression(nameof(y))] string name = "")
        where TFunction : struct, IFunction
    {
        Guard.SameLength<float>(y, x.Length, name);
        fixed (float* px = x, py = y) new Map<FunctionBody<TFunction>>(new(px, py), x.Length).Run(cpu, Grain.Heavy);
    }

    private interface IFunction
    {
        static abstract V Of<V, S>(V x) where V : struct where S : struct, ISimd<V>;
    }

    private readonly struct FunctionBody<TFunction>(float* x, float* y) : IBody where TFunction : struct, IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<V, S, L>(int i, L lanes) where V : struct where S : struct, ISimd<V> where L : struct, ILanes =>
            lanes.Store<V, S>(TFunction.Of<V, S>(lanes.Load<V, S>(x + i)), y + i);
    }

    private readonly struct ExpFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Exp<V, S>(x);
    }

    private readonly struct LogFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Log<V, S>(x);
    }

    private readonly struct TanhFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Tanh<V, S>(x);
    }

    private readonly struct ErfFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Erf<V, S>(x);
    }

    private readonly struct SinFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Sin<V, S>(x);
    }

    private readonly struct CosFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V, S>(V x) where V : struct where S : struct, ISimd<V> => SimdMath.Cos<V, S>(x);
    }
}
