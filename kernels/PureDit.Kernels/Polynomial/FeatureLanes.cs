// Vectors of features, float or double: the few operations that polynomial attention needs, so that its bodies are
// written once for both precisions and every width. Floats are those of ISimd.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

/// <summary>Operations on a vector <typeparamref name="V"/> of <typeparamref name="T"/>, float or double.</summary>
internal unsafe interface IFeatureLanes<T, V> where T : unmanaged where V : struct
{
    static abstract int Count { get; }
    static abstract V Zero { get; }
    static abstract V Broadcast(T value);
    static abstract V Load(T* source);
    static abstract void Store(V value, T* destination);

    /// <summary>Count floats, widened where T is double.</summary>
    static abstract V LoadFloats(float* source);

    /// <summary>Count floats, rounded where T is double.</summary>
    static abstract void StoreFloats(V value, float* destination);

    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Max(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V MultiplyAdd(V a, V b, V c);
    static abstract V Divide(V a, V b);

    /// <summary>A number rounded to T.</summary>
    static abstract T Round(double value);

    /// <summary>A number of T, exactly.</summary>
    static abstract double Widen(T value);

    /// <summary>e^x of numbers that are at most 0; count is a multiple of 16.</summary>
    static abstract void Exp(T* x, int count);

    /// <summary>Four sums of sixteen numbers each, by halving, 16 → 8 → 4 → 2 → 1.</summary>
    static abstract void SumFour(T* lanes, T* sums);

    /// <summary>ln x of positive numbers; count is a multiple of 16.</summary>
    static abstract void Log(T* x, int count);
}

/// <summary>Floats of any width.</summary>
internal readonly unsafe struct FloatLanes<V, S> : IFeatureLanes<float, V> where V : struct where S : struct, ISimd<V>
{
    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => S.Count; }

    public static V Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => S.Zero; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Broadcast(float value) => S.Broadcast(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(float* source) => S.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V value, float* destination) => S.Store(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadFloats(float* source) => S.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(V value, float* destination) => S.Store(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V a, V b) => S.Add(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Subtract(V a, V b) => S.Subtract(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Max(V a, V b) => S.MaxNumber(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Multiply(V a, V b) => S.Multiply(a, b);

    // To four lanes each, then side by side.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(float* lanes, float* sums)
    {
        Vector128<float> a = ToFour(lanes), b = ToFour(lanes + 16), c = ToFour(lanes + 32), d = ToFour(lanes + 48);
        if (!Sse.IsSupported)
        {
            (sums[0], sums[1], sums[2], sums[3]) = (F32x4.SumLanes(a), F32x4.SumLanes(b), F32x4.SumLanes(c), F32x4.SumLanes(d));
            return;
        }

        Vector128<float> ab = Sse.MoveLowToHigh(a, b) + Sse.MoveHighToLow(b, a), cd = Sse.MoveLowToHigh(c, d) + Sse.MoveHighToLow(d, c);
        (Sse.Shuffle(ab, cd, 0b10_00_10_00) + Sse.Shuffle(ab, cd, 0b11_01_11_01)).Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ToFour(float* lanes) =>
        (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V MultiplyAdd(V a, V b, V c) => S.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Divide(V a, V b) => S.Divide(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(double value) => (float)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Widen(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(float* x, int count)
    {
        for (int i = 0; i < count; i += S.Count) S.Store(SimdMath.ExpOfNegative<V, S>(S.Load(x + i)), x + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Log(float* x, int count)
    {
        for (int i = 0; i < count; i += S.Count) S.Store(SimdMath.Log<V, S>(S.Load(x + i)), x + i);
    }
}

/// <summary>Eight doubles: AVX-512.</summary>
internal readonly unsafe struct F64x8 : IFeatureLanes<double, Vector512<double>>
{
    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector512<double>.Count; }

    public static Vector512<double> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector512<double>.Zero; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Broadcast(double value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> value, double* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> LoadFloats(float* source) => Avx512F.ConvertToVector512Double(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Vector512<double> value, float* destination) => Avx512F.ConvertToVector256Single(value).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Subtract(Vector512<double> a, Vector512<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Max(Vector512<double> a, Vector512<double> b) => Vector512.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Divide(Vector512<double> a, Vector512<double> b) => a / b;

    public static double Round(double value) => value;

    public static double Widen(double value) => value;

    public static void SumFour(double* lanes, double* sums) => F64x2.SumFour(lanes, sums);

    public static void Exp(double* x, int count) => F64x2.Exp(x, count);

    public static void Log(double* x, int count) => F64x2.Log(x, count);
}

/// <summary>Four doubles: AVX2 with FMA.</summary>
internal readonly unsafe struct F64x4 : IFeatureLanes<double, Vector256<double>>
{
    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector256<double>.Count; }

    public static Vector256<double> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector256<double>.Zero; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Broadcast(double value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(double* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> value, double* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> LoadFloats(float* source) => Avx.ConvertToVector256Double(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Vector256<double> value, float* destination) => Avx.ConvertToVector128Single(value).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Subtract(Vector256<double> a, Vector256<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Max(Vector256<double> a, Vector256<double> b) => Vector256.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Divide(Vector256<double> a, Vector256<double> b) => a / b;

    public static double Round(double value) => value;

    public static double Widen(double value) => value;

    public static void SumFour(double* lanes, double* sums) => F64x2.SumFour(lanes, sums);

    public static void Exp(double* x, int count) => F64x2.Exp(x, count);

    public static void Log(double* x, int count) => F64x2.Log(x, count);
}

/// <summary>Two doubles: every machine. Without FMA hardware MultiplyAdd rounds twice, as that of four floats does.</summary>
internal readonly unsafe struct F64x2 : IFeatureLanes<double, Vector128<double>>
{
    public static int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector128<double>.Count; }

    public static Vector128<double> Zero { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Vector128<double>.Zero; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Broadcast(double value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(double* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> value, double* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> LoadFloats(float* source) => Vector128.WidenLower(Vector128.CreateScalar(*(double*)source).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Vector128<double> value, float* destination) => Vector128.Narrow(value, value).AsDouble().GetLower().Store((double*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Subtract(Vector128<double> a, Vector128<double> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Max(Vector128<double> a, Vector128<double> b) => Vector128.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        Fma.IsSupported || AdvSimd.Arm64.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Divide(Vector128<double> a, Vector128<double> b) => a / b;

    public static double Round(double value) => value;

    public static double Widen(double value) => value;

    /// <summary>Sum of sixteen numbers by halving.</summary>
    public static double SumLanes(double* lanes)
    {
        Vector128<double> a = (Load(lanes) + Load(lanes + 8)) + (Load(lanes + 4) + Load(lanes + 12));
        Vector128<double> b = (Load(lanes + 2) + Load(lanes + 10)) + (Load(lanes + 6) + Load(lanes + 14));
        Vector128<double> c = a + b;
        return c.ToScalar() + c.GetElement(1);
    }

    public static void SumFour(double* lanes, double* sums)
    {
        for (int i = 0; i < 4; i++) sums[i] = SumLanes(lanes + (16 * i));
    }

    public static void Exp(double* x, int count)
    {
        for (int i = 0; i < count; i++) x[i] = PortableMath.Exp(x[i]);
    }

    public static void Log(double* x, int count)
    {
        for (int i = 0; i < count; i++) x[i] = PortableMath.Log(x[i]);
    }
}
