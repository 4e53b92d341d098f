namespace PureDit.TestSupport;

/// <summary>
/// Gradients of a double-precision reference by central differences, the oracle of every backward pass: their error
/// is about 1e-10, where differences of a float function would be a thousand times worse than what they check.
/// </summary>
public static class GradientCheck
{
    private const double RelativeStep = 1e-5; // near the minimum of truncation (h²) plus rounding (ε/h) in double

    /// <summary>(f(x + h·e_i) − f(x − h·e_i)) / 2h for every i, h = 1e-5·max(1, |x_i|).</summary>
    public static double[] CentralDifferences(Func<double[], double> f, ReadOnlySpan<double> x)
    {
        double[] gradient = new double[x.Length];
        for (int i = 0; i < gradient.Length; i++) gradient[i] = Coordinate(f, x, i);
        return gradient;
    }

    /// <summary>The central difference in one coordinate.</summary>
    public static double Coordinate(Func<double[], double> f, ReadOnlySpan<double> x, int i)
    {
        double[] moved = x.ToArray();
        double h = RelativeStep * Math.Max(1, Math.Abs(x[i]));
        moved[i] = x[i] + h;
        double above = f(moved);
        moved[i] = x[i] - h;
        return (above - f(moved)) / (2 * h);
    }

    /// <summary>The central difference along a direction: an estimate of gradient · direction.</summary>
    public static double Directional(Func<double[], double> f, ReadOnlySpan<double> x, ReadOnlySpan<double> direction)
    {
        double[] above = x.ToArray(), below = x.ToArray();
        for (int i = 0; i < above.Length; i++)
        {
            above[i] += RelativeStep * direction[i];
            below[i] -= RelativeStep * direction[i];
        }

        return (f(above) - f(below)) / (2 * RelativeStep);
    }
}
