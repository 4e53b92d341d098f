namespace PureDit.Diffusion;

/// <summary>Conversions between the noise, x0, v and score forms of a prediction.</summary>
public static class Prediction
{
}
