using FsCheck;
using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

/// <summary>A process with N ≠ d and non-trivial μ, Γ and Σ, and a noise level; prints as what rebuilds it.</summary>
internal sealed record Case(int Frames, int Channels, string Kernel, int Seed, double Time)
{
    public NoiseLevel Level => NoiseLevel.FromTime(Time);

    public GaussianSequence Process() => Process(Seed);

    /// <summary>Another process of the same shape and kernel family with other positions, Σ and μ.</summary>
    public GaussianSequence Process(int seed)
    {
        double[] positions = Values.NormalDouble(Frames, seed);
        for (int i = 0; i < Frames; i++) positions[i] = i + (0.2 * Math.Tanh(positions[i]));
        return new(
            Frames, Channels, Values.NormalDouble(Frames * Channels, seed + 1),
            CovarianceFunctions.Parse(Kernel).Matrix(positions), Matrices.RandomCovariance(Channels, seed + 2));
    }

    /// <summary>A typical noisy sample and then some: α·μ plus white noise of scale 1.5.</summary>
    public double[] Noisy(GaussianSequence process)
    {
        double[] x = Values.NormalDouble(process.Size, Seed + 3);
        for (int i = 0; i < x.Length; i++) x[i] = (1.5 * x[i]) + (Level.Alpha * process.Mean[i]);
        return x;
    }
}

internal static class Cases
{
    public static readonly string[] Kernels =
    [
        "exponential-power(nu=1, ell=3)", "exponential-power(nu=2, ell=1.5)", "exponential-power(nu=0.5, ell=2)",
        "matern(nu=1.5, ell=2)", "polynomial(power=1, ell=2)", "periodic(period=6.5, ell=1.2)",
    ];

    public static Gen<Case> All { get; } =
        from shape in Gen.Elements((2, 3), (3, 2), (5, 2), (4, 3), (2, 5), (5, 3), (1, 3), (4, 1))
        from kernel in Gen.Elements(Kernels)
        from seed in Gen.Choose(1, 1_000_000)
        from time in Gen.Elements(0.05, 0.3, 1.0, 3.0)
        select new Case(shape.Item1, shape.Item2, kernel, seed, time);

    /// <summary>The one process of the tests that draw many numbers: N = 5, d = 3.</summary>
    public static Case Fixed { get; } = new(5, 3, "exponential-power(nu=1, ell=3)", 20240723, 0.4);

    public static Philox Noise(ulong seed) => new(seed, PhiloxStream.Data);
}
