namespace PureDit.Inference;

/// <summary>How samples are drawn.</summary>
public sealed record SamplingOptions
{
    /// <summary>Name of the algorithm, one of <see cref="Diffusion.Samplers.Names"/>.</summary>
    public string Sampler { get; init; } = "dpm++";

    /// <summary>Number of its steps, at least 2; the last one goes from t0 to the clean sample.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>Key of the noise. Sample i of a seed is the same whatever the number of samples.</summary>
    public ulong Seed { get; init; }

    /// <summary>Samples in flight at a time; bounds the memory and changes no sample.</summary>
    public int BatchSize { get; init; } = 256;
}
