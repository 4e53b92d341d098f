using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>Dense references: the same quantities from N·d × N·d matrices, without eigenmodes.</summary>
internal static class Matrices
{
    /// <summary>B·Bᵀ/n + 0.3·I for a random B: condition number of some tens, never diagonal for n > 1.</summary>
    public static double[] RandomCovariance(int n, int seed)
    {
        double[] b = Values.NormalDouble(n * n, seed), result = new double[n * n];
        Dense.Multiply(b, Dense.Transpose(b, n, n), n, n, n, result);
        for (int i = 0; i < n * n; i++) result[i] = (result[i] / n) + (i % (n + 1) == 0 ? 0.3 : 0);
        return result;
    }

    public static double[] RandomSymmetric(int n, int seed)
    {
        double[] b = Values.NormalDouble(n * n, seed), transposed = Dense.Transpose(b, n, n);
        return Combine(0.5, b, 0.5, transposed);
    }

    public static double[] Identity(int n)
    {
        double[] result = new double[n * n];
        for (int i = 0; i < n; i++) result[i * (n + 1)] = 1;
        return result;
    }

    public static double[] Combine(double a, ReadOnlySpan<double> x, double b, ReadOnlySpan<double> y)
    {
        double[] result = new double[x.Length];
        for (int i = 0; i < result.Length; i++) result[i] = (a * x[i]) + (b * y[i]);
        return result;
    }

    public static double[] Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int n)
    {
        double[] result = new double[n * n];
        Dense.Multiply(a, b, n, n, n, result);
        return result;
    }

    public static double[] Covariance(GaussianSequence process) =>
        Dense.Kronecker(process.Temporal, process.Frames, process.Spatial, process.Channels);

    /// <summary>A_t = α² Γ⊗Σ + σ² I.</summary>
    public static double[] NoisyCovariance(GaussianSequence process, NoiseLevel level) =>
        Combine(level.AlphaBar, Covariance(process), level.Variance, Identity(process.Size));

    /// <summary>A⁻¹·x by elimination.</summary>
    public static double[] Solve(double[] a, ReadOnlySpan<double> x)
    {
        double[] result = new double[x.Length];
        new Cholesky(a, (int)Math.Sqrt(a.Length)).Solve(x, 1, result);
        return result;
    }

    public static double[] Inverse(double[] a, int n)
    {
        double[] result = new double[n * n];
        new Cholesky(a, n).Solve(Identity(n), n, result);
        return result;
    }

    /// <summary>Draws clean samples and notes what they are noised with: x_t = α·x_0 + σ·ε.</summary>
    public static (double[] X0, double[] Eps, double[] Xt) Noised(
        GaussianSequence process, NoiseLevel level, int count, ulong seed)
    {
        float[] samples = new float[count * process.Size];
        process.Sample(Cases.Noise(seed), 0, samples);
        double[] x0 = Near.ToDouble(samples), eps = new double[x0.Length];
        Cases.Noise(seed + 1).FillNormal(1, 0, eps.AsSpan());
        return (x0, eps, Combine(level.Alpha, x0, level.Sigma, eps));
    }
}
