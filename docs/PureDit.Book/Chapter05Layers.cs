// Teaching code of chapter 5: one row of layer normalisation and its gradient, four ways to compute a variance, and the
// gradient of any function by central differences. The library's layers are in kernels/PureDit.Kernels.

namespace PureDit.Book;

public static class Chapter05Layers
{
    // [doc:layernorm-row-backward]
    /// <summary>The gradient of one row x̂ = (x − μ)·s from g, the gradient with respect to x̂.</summary>
    public static double[] NormaliseBackward(double[] x, double[] g, double epsilon)
    {
        int d = x.Length;
        double mean = x.Sum() / d, variance = x.Sum(v => (v - mean) * (v - mean)) / d;
        double s = 1 / Math.Sqrt(variance + epsilon);
        double[] normalised = Array.ConvertAll(x, v => (v - mean) * s);

        double meanG = g.Sum() / d, meanGX = g.Zip(normalised, (a, b) => a * b).Sum() / d;
        return [.. g.Zip(normalised, (gi, xi) => s * (gi - meanG - (xi * meanGX)))];
    }
    // [/doc:layernorm-row-backward]

    /// <summary>The same without the two means: what is left when μ and s are taken for constants.</summary>
    public static double[] NormaliseBackwardForgetful(double[] x, double[] g, double epsilon)
    {
        double mean = x.Average(), variance = x.Average(v => (v - mean) * (v - mean));
        return Array.ConvertAll(g, gi => gi / Math.Sqrt(variance + epsilon));
    }

    // [doc:variance-one-pass]
    /// <summary>Mean of the squares minus the square of the mean: one pass over the row.</summary>
    public static float OnePass(ReadOnlySpan<float> x)
    {
        float sum = 0, squares = 0;
        foreach (float value in x) (sum, squares) = (sum + value, squares + (value * value));
        float mean = sum / x.Length;
        return (squares / x.Length) - (mean * mean);
    }
    // [/doc:variance-one-pass]

    /// <summary>The same with sixteen partial sums, as vector code has them.</summary>
    public static float OnePassLanes(ReadOnlySpan<float> x)
    {
        Span<float> sums = stackalloc float[16], squares = stackalloc float[16];
        for (int i = 0; i < x.Length; i++) (sums[i % 16], squares[i % 16]) = (sums[i % 16] + x[i], squares[i % 16] + (x[i] * x[i]));
        float sum = 0, square = 0;
        for (int i = 0; i < 16; i++) (sum, square) = (sum + sums[i], square + squares[i]);
        float mean = sum / x.Length;
        return (square / x.Length) - (mean * mean);
    }

    /// <summary>The same in double.</summary>
    public static double OnePassDouble(ReadOnlySpan<float> x)
    {
        double sum = 0, squares = 0;
        foreach (float value in x) (sum, squares) = (sum + value, squares + ((double)value * value));
        double mean = sum / x.Length;
        return (squares / x.Length) - (mean * mean);
    }

    // [doc:variance-two-pass]
    /// <summary>The mean first, then the mean of the squared deviations: two passes over the row, all in float.</summary>
    public static float TwoPass(ReadOnlySpan<float> x)
    {
        float sum = 0, squares = 0;
        foreach (float value in x) sum += value;
        float mean = sum / x.Length;
        foreach (float value in x) squares += (value - mean) * (value - mean);
        return squares / x.Length;
    }
    // [/doc:variance-two-pass]

    // [doc:central-differences-vector]
    /// <summary>The gradient of Σ dY·f(inputs) with respect to every value of every input, in double.</summary>
    public static double[] CentralDifferences(Func<double[][], double[]> f, double[][] inputs, double[] dY)
    {
        List<double> gradient = [];
        foreach (double[] input in inputs)
        {
            for (int i = 0; i < input.Length; i++)
            {
                double at = input[i], h = 1e-5 * Math.Max(1, Math.Abs(at)), up = at + h, down = at - h;
                input[i] = up;
                double[] above = f(inputs);
                input[i] = down;
                double[] below = f(inputs);
                input[i] = at;
                double[] change = [.. above.Zip(below, (a, b) => a - b)];
                gradient.Add(dY.Zip(change, (w, c) => w * c).Sum() / (up - down));
            }
        }

        return [.. gradient];
    }
    // [/doc:central-differences-vector]
}
