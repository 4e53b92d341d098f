namespace PureDit.Diffusion.Tests;

/// <summary>The true covariance of a reverse step for modes of variance λ_i: β·V_s/V_t.</summary>
internal sealed class GaussianPosterior(double[] lambda) : IReverseVariance
{
    public void Colour(in ReverseStep reverseStep, Span<float> noise)
    {
        for (int i = 0; i < noise.Length; i++)
        {
            double mode = lambda[i % lambda.Length];
            double variance = reverseStep.Beta
                * LinearGaussianDenoiser.Variance(mode, reverseStep.To)
                / LinearGaussianDenoiser.Variance(mode, reverseStep.From);
            noise[i] = (float)(Math.Sqrt(variance) * noise[i]);
        }
    }
}
