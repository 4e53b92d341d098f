namespace PureDit.Diffusion.Tests;

/// <summary>
/// The exact denoiser of independent N(μ_i, λ_i), one mode per value: with V = α²λ + σ²,
/// E[x_0|x] = μ + αλ/V·(x − αμ),  E[ε|x] = σ/V·(x − αμ),  s = −(x − αμ)/V. Closed forms only: no library conversions.
/// </summary>
internal sealed class LinearGaussianDenoiser(
    double[] lambda, double[]? mean = null, PredictionKind kind = PredictionKind.Noise) : IDenoiser
{
    public int Size => lambda.Length;

    public PredictionKind Kind => kind;

    public int Calls { get; private set; }

    public static double Variance(double lambda, NoiseLevel level) => (level.AlphaBar * lambda) + level.Variance;

    public void Predict(NoiseLevel level, ReadOnlySpan<float> x, Span<float> prediction)
    {
        Calls++;
        (double alpha, double sigma) = (level.Alpha, level.Sigma);
        for (int i = 0; i < x.Length; i++)
        {
            int mode = i % Size;
            double mu = mean is null ? 0 : mean[mode];
            double innovation = (x[i] - (alpha * mu)) / Variance(lambda[mode], level);
            double x0 = mu + (alpha * lambda[mode] * innovation);
            double eps = sigma * innovation;
            prediction[i] = (float)(kind switch
            {
                PredictionKind.Noise => eps,
                PredictionKind.X0 => x0,
                PredictionKind.V => (alpha * eps) - (sigma * x0),
                _ => -innovation,
            });
        }
    }
}
