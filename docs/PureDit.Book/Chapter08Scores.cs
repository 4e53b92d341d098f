// Teaching code of chapter 8: the score of a noised normal vector by the shortest road (a dense solve), the loss of
// any linear predictor in closed form and by simulation, and the O(N) score of a Markov sequence (exercise 3).

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Book;

/// <summary>The score of N(αμ, A_t), A_t = α²K + σ²I, without any structure.</summary>
public static class DenseScore
{
    // [doc:dense-score]
    /// <summary>s = −A_t⁻¹(x − αμ);  K [n, n], mean [n], x [n].</summary>
    public static double[] At(NoiseLevel level, double[] k, ReadOnlySpan<double> mean, double[] x)
    {
        double[] c = new double[x.Length];
        for (int i = 0; i < c.Length; i++) c[i] = level.Alpha * mean[i] - x[i];
        new Cholesky(Noised(level, k, x.Length), x.Length).Solve(c, 1, c);
        return c;
    }

    /// <summary>A_t = α²K + σ²I.</summary>
    public static double[] Noised(NoiseLevel level, double[] k, int n)
    {
        double[] a = Array.ConvertAll(k, value => level.AlphaBar * value);
        for (int i = 0; i < n; i++) a[(i * n) + i] += level.Variance;
        return a;
    }
    // [/doc:dense-score]

    // [doc:score-by-differences]
    /// <summary>The score by central differences of log p_t.</summary>
    public static double[] ByDifferences(GaussianSequence process, NoiseLevel level, double[] x, double step = 1e-5)
    {
        double[] score = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double[] up = [.. x], down = [.. x];
            up[i] += step;
            down[i] -= step;
            score[i] = (process.LogDensity(level, up) - process.LogDensity(level, down)) / (2 * step);
        }

        return score;
    }
    // [/doc:score-by-differences]

    public static double[] Inverse(double[] matrix, int n)
    {
        double[] inverse = Identity(n);
        new Cholesky(matrix, n).Solve(inverse, n, inverse);
        return inverse;
    }

    public static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++) identity[(i * n) + i] = 1;
        return identity;
    }
}

/// <summary>What predictors of the noise lose on a process.</summary>
public static class NoiseLoss
{
    // [doc:linear-predictor-loss]
    /// <summary>E‖ε − B·x_t‖² per value, with B = σ(α²C + σ²I)⁻¹: the best there is if the covariance were C.</summary>
    public static double OfBelief(GaussianSequence process, NoiseLevel level, double[] c)
    {
        int n = process.Size;
        double[] k = Dense.Kronecker(process.Temporal, process.Frames, process.Spatial, process.Channels);
        double[] truth = DenseScore.Noised(level, k, n);
        double[] m = DenseScore.Inverse(DenseScore.Noised(level, c, n), n), ma = new double[n * n];
        Dense.Multiply(m, truth, n, n, n, ma);
        double variance = level.Variance, squares = 0; // with B = σM: E‖ε‖² − 2σ²·tr M + σ²·tr(MAMᵀ)
        for (int i = 0; i < ma.Length; i++) squares += ma[i] * m[i];
        return 1 + (variance * (squares - (2 * Dense.Trace(m, n))) / n);
    }
    // [/doc:linear-predictor-loss]

    // [doc:simulated-loss]
    /// <summary>The same for any denoiser of the noise by simulation: mean per value, and its standard error.</summary>
    public static (double Mean, double Error) Simulated(
        GaussianSequence process, IDenoiser denoiser, NoiseLevel level, int samples, ulong seed)
    {
        float[] x0 = new float[samples * process.Size], noise = new float[x0.Length];
        float[] x = new float[x0.Length], said = new float[x0.Length];
        process.Sample(new Philox(seed, PhiloxStream.Data), 0, x0);
        new PhiloxNoise(seed, process.Size).Fill(0, noise);
        ForwardProcess.AddNoise([level], x0, noise, x);
        denoiser.Predict(level, x, said);

        double sum = 0, squares = 0;
        for (int k = 0; k < samples; k++)
        {
            double loss = 0;
            for (int i = k * process.Size; i < (k + 1) * process.Size; i++) loss += (noise[i] - said[i]) * (double)(noise[i] - said[i]);
            loss /= process.Size;
            (sum, squares) = (sum + loss, squares + (loss * loss));
        }

        double mean = sum / samples;
        return (mean, Math.Sqrt(((squares / samples) - (mean * mean)) / samples));
    }
    // [/doc:simulated-loss]
}

/// <summary>Exercise 3: the clean score of an AR(1) sequence needs neighbours only.</summary>
public static class MarkovScore
{
    // [doc:require-markov-score]
    /// <summary>The test: score(x, ρ) must be −Γ⁻¹x for Γ_ij = ρ^|i−j|, d = 1, t = 0.</summary>
    public static void Require(Func<double[], double, double[]> score)
    {
        const int Frames = 11;
        const double Ell = 3;
        GaussianSequence process = new(Frames, 1, [], new ExponentialPower(1, Ell).Matrix(Frames), [1]);
        double[] x = [0.3, -1.1, 0.8, 2.0, 0.1, -0.4, 1.7, 0.2, -2.2, 0.5, 0.9], truth = new double[Frames];
        process.Score(NoiseLevel.Clean, x, truth);
        double error = Dense.RelativeError(score(x, Math.Exp(-1 / Ell)), truth);
        if (!(error < 1e-12)) throw new InvalidOperationException($"the Markov score: relative error {error:0.0e-0}.");
    }
    // [/doc:require-markov-score]

    // [doc:answer-markov-score]
    public static double[] At(double[] x, double rho)
    {
        int last = x.Length - 1;
        double[] score = new double[x.Length];
        for (int i = 0; i <= last; i++)
        {
            double own = i == 0 || i == last ? 1 : 1 + (rho * rho);
            double neighbours = (i > 0 ? x[i - 1] : 0) + (i < last ? x[i + 1] : 0);
            score[i] = ((rho * neighbours) - (own * x[i])) / (1 - (rho * rho));
        }

        return score;
    }
    // [/doc:answer-markov-score]
}
