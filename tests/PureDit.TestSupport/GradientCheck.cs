namespace PureDit.TestSupport;

/// <summary>
/// Gradients by central differences of a reference in double: the oracle of every backward pass. Differences of a
/// float function would be a thousand times worse than what they check.
/// </summary>
public static class GradientCheck
{
    /// <summary>What central differences in double can be held to: their own error is some 10⁻¹⁰ at this step.</summary>
    public const double Relative = 1e-6;

    /// <summary>The absolute part of the same bound.</summary>
    public const double Absolute = 1e-8;

    private const double Step = 1e-5; // times max(1, |x|): balances truncation against rounding

    /// <summary>The gradients of Σ dOut·forward(inputs) with respect to each input.</summary>
    /// <param name="forward">From all inputs to one output; a pure function in double.</param>
    /// <param name="inputs">Where to differentiate; restored before returning.</param>
    /// <param name="dOut">Weights of the outputs.</param>
    public static double[][] CentralDifferences(Func<double[][], double[]> forward, double[][] inputs, double[] dOut)
    {
        return Array.ConvertAll(inputs, input =>
        {
            double[] gradient = new double[input.Length];
            for (int i = 0; i < input.Length; i++)
            {
                double x = input[i], h = Step * Math.Max(1, Math.Abs(x));
                double up = x + h, down = x - h; // as rounded: their difference is the true step
                input[i] = up;
                double[] above = forward(inputs);
                input[i] = down;
                double[] below = forward(inputs);
                input[i] = x;
                double sum = 0; // differences first: what an input does not move drops out exactly
                for (int o = 0; o < dOut.Length; o++) sum += dOut[o] * (above[o] - below[o]);
                gradient[i] = sum / (up - down);
            }

            return gradient;
        });
    }

    /// <summary>The gradient of a scalar function.</summary>
    public static double[] CentralDifferences(Func<double[], double> f, ReadOnlySpan<double> x)
    {
        double[] gradient = new double[x.Length];
        for (int i = 0; i < gradient.Length; i++) gradient[i] = Coordinate(f, x, i);
        return gradient;
    }

    /// <summary>One coordinate of the gradient of a scalar function.</summary>
    public static double Coordinate(Func<double[], double> f, ReadOnlySpan<double> x, int i)
    {
        double[] direction = new double[x.Length];
        direction[i] = Math.Max(1, Math.Abs(x[i]));
        return Directional(f, x, direction) / direction[i];
    }

    /// <summary>gradient · direction of a scalar function.</summary>
    public static double Directional(Func<double[], double> f, ReadOnlySpan<double> x, ReadOnlySpan<double> direction)
    {
        double[] above = x.ToArray(), below = x.ToArray();
        for (int i = 0; i < above.Length; i++)
        {
            above[i] += Step * direction[i];
            below[i] -= Step * direction[i];
        }

        return (f(above) - f(below)) / (2 * Step);
    }
}
