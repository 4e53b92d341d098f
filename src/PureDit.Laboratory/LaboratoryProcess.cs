// The processes of the experiments: N frames of d = 4 channels, Γ of the family exp(−|h|^ν/ℓ), Σ_ij = 0.6^|i−j|, and a
// mean that is not zero. N ≠ d and no factor is the identity, so that mixed-up factors show.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>A process of the laboratory, and what is drawn from it.</summary>
/// <param name="Nu">ν of its kernel.</param>
/// <param name="Ell">ℓ of its kernel.</param>
/// <param name="Process">The process.</param>
internal sealed record LaboratoryProcess(double Nu, double Ell, GaussianSequence Process)
{
    public const int Channels = 4;
    private const double Neighbours = 0.6; // correlation of neighbouring channels

    public static LaboratoryProcess Of(int frames, double nu, double ell)
    {
        double[] mean = [.. Enumerable.Range(0, frames * Channels).Select(i => PortableMath.SinCos(0.7 * i).Cos)];
        ICovarianceFunction spatial = new ExponentialPower(1, -1 / PortableMath.Log(Neighbours));
        return new(nu, ell, new(frames, Channels, mean, new ExponentialPower(nu, ell).Matrix(frames), spatial.Matrix(Channels)));
    }

    /// <summary>The kernel, in words.</summary>
    public string Name => FormattableString.Invariant($"ν = {Nu:G3}, ℓ = {Ell:G3}");

    /// <summary>The objective at a time.</summary>
    public ScoreObjective At(double time, int? bandwidth = null) =>
        new(new TruncatedProcess(Process, bandwidth), NoiseLevel.FromTime(time));

    /// <summary>x_t = α x_0 + σ ε of a seed, [N, d].</summary>
    public double[] Noisy(NoiseLevel level, int seed)
    {
        float[] clean = new float[Process.Size];
        double[] x = new double[Process.Size];
        Process.Sample(new Philox((ulong)seed, PhiloxStream.Data), 0, clean);
        new Philox((ulong)seed, PhiloxStream.Noise).FillNormal(0, 0, x);
        for (int i = 0; i < x.Length; i++) x[i] = (level.Alpha * clean[i]) + (level.Sigma * x[i]);
        return x;
    }

    /// <summary>The sample whose score is the eigenvector of the smallest or of the largest eigenvalue.</summary>
    public static double[] Extreme(ScoreObjective objective, bool largest)
    {
        double[] x = new double[objective.Size];
        GradientUnrolling.WorstCase(objective, largest, x);
        return x;
    }

    /// <summary>The score of an objective by eigenvectors, [N, d].</summary>
    public static double[] Minimiser(ScoreObjective objective, double[] x)
    {
        double[] c = new double[x.Length], score = new double[x.Length];
        objective.Centre(x, c);
        objective.Minimiser(c, score);
        return score;
    }
}
