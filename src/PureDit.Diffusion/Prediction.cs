// One prediction, four ways to say it. With x_t = α·x_0 + σ·ε known, each of
//   noise ε,   x_0,   v = α·ε − σ·x_0,   score s = −ε/σ
// fixes the other three: a linear function of x_t and of the one given. These are the twelve functions.
//   ε, x_0: Ho et al. 2020 (2006.11239) eq. 9 solved for either;  v: Salimans and Ho 2022 (2202.00512) appendix D;
//   score: Tweedie's formula, Song et al. 2021 (2011.13456).
// Not done: clipping x_0 to a range, which would make the four ways say different things.

namespace PureDit.Diffusion;

/// <summary>Conversions between the noise, x0, v and score forms of a prediction.</summary>
public static class Prediction
{
    /// <summary>Says a prediction in another form: result = a·x + b·prediction, a and b in double.</summary>
    /// <param name="from">What <paramref name="prediction"/> is.</param>
    /// <param name="to">What <paramref name="result"/> shall be.</param>
    /// <param name="level">Noise level of <paramref name="x"/>.</param>
    /// <param name="x">Noisy samples x_t, any number of values.</param>
    /// <param name="prediction">The prediction for them, as many values.</param>
    /// <param name="result">Overwritten, as many values; may be <paramref name="prediction"/> or <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">Lengths differ, or <paramref name="to"/> does not follow at this level
    /// (the noise of a clean sample, the x0 of pure noise).</exception>
    public static void Convert(
        PredictionKind from, PredictionKind to, NoiseLevel level,
        ReadOnlySpan<float> x, ReadOnlySpan<float> prediction, Span<float> result)
    {
        Expect.Length(x.Length, prediction);
        Expect.Length(x.Length, result);
        (double ofX, double ofPrediction) = Coefficients(from, to, level);
        if (ofX == 0 && ofPrediction == 1) prediction.CopyTo(result);
        else LinearCombination.Write(ofX, x, ofPrediction, prediction, result);
    }

    /// <summary>Asks a denoiser and says its answer in the form wanted.</summary>
    /// <param name="denoiser">The denoiser.</param>
    /// <param name="wanted">What <paramref name="result"/> shall be.</param>
    /// <param name="level">Noise level of <paramref name="x"/>.</param>
    /// <param name="x">Noisy samples, [n, <see cref="IDenoiser.Size"/>].</param>
    /// <param name="result">Overwritten, the same shape; must not be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Convert"/>.</exception>
    public static void Of(
        IDenoiser denoiser, PredictionKind wanted, NoiseLevel level, ReadOnlySpan<float> x, Span<float> result)
    {
        denoiser.Predict(level, x, result);
        Convert(denoiser.Kind, wanted, level, x, result, result);
    }

    /// <summary>The two numbers of the conversion: result = OfX·x + OfPrediction·prediction.</summary>
    /// <exception cref="ArgumentException"><paramref name="to"/> does not follow at this level.</exception>
    public static (double OfX, double OfPrediction) Coefficients(PredictionKind from, PredictionKind to, NoiseLevel level)
    {
        (double alpha, double sigma) = (level.Alpha, level.Sigma);

        // [doc:prediction-conversions]
        (double OfX, double OfPrediction) c = (from, to) switch
        {
            (PredictionKind.X0, PredictionKind.Noise) => (1 / sigma, -alpha / sigma), // ε = (x − α·x0)/σ
            (PredictionKind.V, PredictionKind.Noise) => (sigma, alpha), // ε = σ·x + α·v
            (PredictionKind.Score, PredictionKind.Noise) => (0, -sigma), // ε = −σ·s

            (PredictionKind.Noise, PredictionKind.X0) => (1 / alpha, -sigma / alpha), // x0 = (x − σ·ε)/α
            (PredictionKind.V, PredictionKind.X0) => (alpha, -sigma), // x0 = α·x − σ·v
            (PredictionKind.Score, PredictionKind.X0) => (1 / alpha, sigma * sigma / alpha), // x0 = (x + σ²·s)/α

            (PredictionKind.Noise, PredictionKind.V) => (-sigma / alpha, 1 / alpha), // v = (ε − σ·x)/α
            (PredictionKind.X0, PredictionKind.V) => (alpha / sigma, -1 / sigma), // v = (α·x − x0)/σ
            (PredictionKind.Score, PredictionKind.V) => (-sigma / alpha, -sigma / alpha), // v = −σ·(x + s)/α

            (PredictionKind.Noise, PredictionKind.Score) => (0, -1 / sigma), // s = −ε/σ
            (PredictionKind.X0, PredictionKind.Score) => (-1 / sigma / sigma, alpha / sigma / sigma), // s = (α·x0 − x)/σ²
            (PredictionKind.V, PredictionKind.Score) => (-1, -alpha / sigma), // s = −x − α·v/σ

            _ => (0, 1),
        };
        // [/doc:prediction-conversions]

        if (!(double.IsFinite(c.OfX) && double.IsFinite(c.OfPrediction)))
        {
            Expect.Fail(nameof(level), $"one at which {to} follows from {from}", $"t = {level.Time}, σ = {sigma}");
        }

        return c;
    }
}
