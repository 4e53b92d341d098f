// Sums and multiples of vectors, value by value. All lengths are equal; a destination may be one of the inputs.

namespace PureDit.Kernels;

/// <summary>Elementwise arithmetic.</summary>
public static class Elementwise
{
    /// <summary>Writes z = x + y.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Add(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        Guard.SameLength(y, x.Length);
        Guard.SameLength<float>(z, x.Length);
        for (int i = 0; i < x.Length; i++) z[i] = x[i] + y[i];
    }

    /// <summary>Writes z = x·y, value by value.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Multiply(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        Guard.SameLength(y, x.Length);
        Guard.SameLength<float>(z, x.Length);
        for (int i = 0; i < x.Length; i++) z[i] = x[i] * y[i];
    }

    /// <summary>Writes y = a·x.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Scale(Cpu cpu, ReadOnlySpan<float> x, float a, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        for (int i = 0; i < x.Length; i++) y[i] = a * x[i];
    }

    /// <summary>Adds y += a·x, with one rounding.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static void Axpy(Cpu cpu, float a, ReadOnlySpan<float> x, Span<float> y)
    {
        Guard.SameLength<float>(y, x.Length);
        for (int i = 0; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }
}
