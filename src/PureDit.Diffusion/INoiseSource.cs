namespace PureDit.Diffusion;

/// <summary>Where samplers get their randomness.</summary>
public interface INoiseSource
{
    /// <summary>Writes independent standard normal noise.</summary>
    /// <param name="draw">Which draw: k for the k-th step of a sampler, k ≥ 1; by convention 0 for the start.</param>
    /// <param name="noise">Overwritten, [n, size]. The same draw gives the same noise.</param>
    void Fill(int draw, Span<float> noise);
}
