namespace PureDit.TestSupport;

/// <summary>Gradients by central differences of a reference in double: the oracle of every backward pass.</summary>
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
}
