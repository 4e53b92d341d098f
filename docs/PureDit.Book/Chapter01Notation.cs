// Teaching code of chapter 1: where a value of an array lies, and the Gaussian facts in one dimension.

using PureDit.Diffusion;
using PureDit.Kernels;

namespace PureDit.Book;

/// <summary>Row-major arrays: sizes to strides, indices to an offset.</summary>
public static class RowMajor
{
    // [doc:row-major-offset]
    public static int[] Strides(params ReadOnlySpan<int> sizes)
    {
        int[] strides = new int[sizes.Length];
        int stride = 1;
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride; // values between neighbours along this axis
            stride *= sizes[axis];
        }

        return strides;
    }

    public static int Offset(ReadOnlySpan<int> strides, ReadOnlySpan<int> index)
    {
        int offset = 0;
        for (int axis = 0; axis < index.Length; axis++) offset += index[axis] * strides[axis];
        return offset;
    }
    // [/doc:row-major-offset]
}

/// <summary>x_0 ~ N(μ, λ) in one dimension and x = α·x_0 + σ·ε: what x says about x_0, in closed form and by counting.</summary>
/// <param name="Mean">μ.</param>
/// <param name="Variance">λ.</param>
/// <param name="Level">α and σ.</param>
public sealed record NoisyGaussian(double Mean, double Variance, NoiseLevel Level)
{
    /// <summary>Variance of x.</summary>
    public double Marginal => (Level.AlphaBar * Variance) + Level.Variance;

    // [doc:gaussian-facts]
    /// <summary>∇ log p(x), p = N(α·μ, α²·λ + σ²).</summary>
    public double Score(double x) => -(x - (Level.Alpha * Mean)) / Marginal;

    /// <summary>E[x_0 | x]: the mean, moved by the share of what was not expected in x.</summary>
    public double CleanMean(double x) => Mean + (Level.Alpha * Variance / Marginal * (x - (Level.Alpha * Mean)));

    /// <summary>Var[x_0 | x], the same for every x.</summary>
    public double CleanVariance => Variance - (Level.AlphaBar * Variance * Variance / Marginal);
    // [/doc:gaussian-facts]

    /// <summary>Mean and variance of those x_0, of many draws, whose x fell within ±width of a place.</summary>
    public (double Mean, double Variance, int Count) ByCounting(double x, double width, int draws, ulong seed)
    {
        Philox clean = new(seed, PhiloxStream.Data), noise = new(seed, PhiloxStream.Noise);
        double[] z = new double[1000], eps = new double[1000];
        (double sum, double squares, int count) = (0, 0, 0);
        for (int block = 0; block < draws / z.Length; block++)
        {
            clean.FillNormal(0, block, z);
            noise.FillNormal(0, block, eps);
            for (int i = 0; i < z.Length; i++)
            {
                double x0 = Mean + (Math.Sqrt(Variance) * z[i]);
                if (Math.Abs((Level.Alpha * x0) + (Level.Sigma * eps[i]) - x) > width) continue;
                (sum, squares, count) = (sum + x0, squares + (x0 * x0), count + 1);
            }
        }

        return (sum / count, (squares / count) - Math.Pow(sum / count, 2), count);
    }
}
