namespace PureDit.Kernels.Reference;

/// <summary>Naive twins, in double, of the functions in <see cref="Kernels.Elementwise"/> that round more than once.</summary>
public static class Elementwise
{
    /// <inheritdoc cref="Kernels.Elementwise.Exp"/>
    public static void Exp(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Exp(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Tanh"/>
    public static void Tanh(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Tanh(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Log"/>
    public static void Log(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Log(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Sin"/>
    public static void Sin(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Sin(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Cos"/>
    public static void Cos(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Math.Cos(x[i]);
    }

    /// <inheritdoc cref="Kernels.Elementwise.Erf"/>
    public static void Erf(ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = Erf(x[i]);
    }

    // Near 0 the power series, 2/√π·e^{−x²}·Σ 2^k·x^{2k+1}/(2k + 1)!!, whose terms are all positive. Far from it
    // 1 − erfc by the continued fraction e^{−x²}/√π / (x + ½/(x + 1/(x + 3/2/(x + …)))), from the back.
    private static double Erf(double x)
    {
        const double Parting = 2, End = 6; // beyond 5.93 erf is 1 in double
        const int Fractions = 60;
        double size = Math.Abs(x);
        if (size < Parting)
        {
            double term = size, sum = size;
            for (int k = 1; term > 1e-18 * sum; k++) sum += term *= 2 * size * size / ((2 * k) + 1);
            return Math.CopySign(2 / Math.Sqrt(Math.PI) * Math.Exp(-size * size) * sum, x);
        }

        if (!(size < End)) return double.IsNaN(x) ? x : Math.Sign(x);
        double fraction = size;
        for (int k = Fractions; k >= 1; k--) fraction = size + (k / 2.0 / fraction);
        return Math.CopySign(1 - (Math.Exp(-size * size) / Math.Sqrt(Math.PI) / fraction), x);
    }
}
