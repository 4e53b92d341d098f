// How far a denoiser is from the closed form, noise level by noise level, on sequences that it was not trained on:
//   relative score error(t) = √( Σ‖ŝ − s*‖² / Σ‖s*‖² ) = √( Σ‖ε̂ − ε*‖² / Σ‖ε*‖² ),
// over fresh x_0, ε. Beside it the noise-prediction loss, E‖ε̂ − ε‖²/(N·d), and its closed-form minimum: the difference
// is E‖ε̂ − ε*‖²/(N·d) up to the luck of the draw, so both columns tell the same story.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>The errors of a denoiser at one noise level.</summary>
/// <param name="T">SDE time t.</param>
/// <param name="Value">Relative score error.</param>
/// <param name="Loss">Noise-prediction loss per value.</param>
/// <param name="OptimalLoss">The closed-form minimum of that loss.</param>
/// <param name="JudgeLoss">Loss of the closed form on the very same draws.</param>
public sealed record ScoreErrorAt(double T, double Value, double Loss, double OptimalLoss, double JudgeLoss);

/// <summary>Compares a denoiser with the closed-form score over a grid of noise levels.</summary>
public static class ScoreEvaluation
{
    private const int Levels = 12;
    private const double FirstTime = 0.01, LastTime = 5;
    private const int BatchSize = 512;

    /// <summary>Twelve SDE times from 0.01 to 5, evenly in log-SNR, cleanest first.</summary>
    public static NoiseLevel[] Grid()
    {
        NoiseLevel[] grid = NoiseGrid.UniformLogSnr(NoiseLevel.FromTime(LastTime), NoiseLevel.FromTime(FirstTime), Levels - 1);
        Array.Reverse(grid);
        return grid;
    }

    /// <summary>Measures a denoiser on given clean sequences.</summary>
    /// <param name="denoiser">What is judged.</param>
    /// <param name="judge">The process whose score is taken as the truth.</param>
    /// <param name="clean">Clean sequences, [n, N, d].</param>
    /// <param name="seed">Key of the noise.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>One entry per level of <see cref="Grid"/>.</returns>
    /// <exception cref="ArgumentException">The sizes of denoiser, judge and sequences differ.</exception>
    public static ScoreErrorAt[] Run(
        IDenoiser denoiser, GaussianSequence judge, ReadOnlySpan<float> clean, ulong seed, CancellationToken cancellation = default)
    {
        if (denoiser.Size != judge.Size) throw new ArgumentException($"denoiser: expected {judge.Size} values per sample, got {denoiser.Size}.", nameof(denoiser));
        NoiseLevel[] grid = Grid();
        ScoreErrorAt[] errors = new ScoreErrorAt[grid.Length];
        for (int i = 0; i < grid.Length; i++) errors[i] = At(denoiser, judge, clean, seed, i, grid[i], cancellation);
        return errors;
    }

    // [doc:score-error]
    private static ScoreErrorAt At(
        IDenoiser denoiser, GaussianSequence judge, ReadOnlySpan<float> clean, ulong seed, int step, NoiseLevel level,
        CancellationToken cancellation)
    {
        int size = judge.Size, count = clean.Length / size;
        Philox philox = new(seed, PhiloxStream.Evaluation);
        GaussianDenoiser exact = new(judge);
        float[] noise = new float[BatchSize * size], x = new float[BatchSize * size];
        float[] learnt = new float[BatchSize * size], truth = new float[BatchSize * size];
        double distance = 0, norm = 0, loss = 0, judgeLoss = 0;
        for (int first = 0; first < count; first += BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int length = Math.Min(BatchSize, count - first) * size;
            for (int k = 0; k * size < length; k++) philox.FillNormal(step, first + k, noise.AsSpan(k * size, size));
            ForwardProcess.AddNoise([level], clean.Slice(first * size, length), noise.AsSpan(0, length), x.AsSpan(0, length));
            Prediction.Of(denoiser, PredictionKind.Noise, level, x.AsSpan(0, length), learnt.AsSpan(0, length));
            exact.Predict(level, x.AsSpan(0, length), truth.AsSpan(0, length));
            for (int i = 0; i < length; i++)
            {
                double difference = learnt[i] - truth[i], error = learnt[i] - noise[i], exactError = truth[i] - noise[i];
                distance += difference * difference;
                norm += (double)truth[i] * truth[i];
                loss += error * error;
                judgeLoss += exactError * exactError;
            }
        }

        double values = (double)count * size;
        return new(
            level.Time, Math.Sqrt(distance / norm), loss / values,
            GaussianProcess.OptimalLoss.PerValue(judge, PredictionKind.Noise, level), judgeLoss / values);
    }
    // [/doc:score-error]
}
