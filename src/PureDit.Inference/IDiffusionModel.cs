using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A network together with what its numbers mean: what can be trained, saved and sampled from, whatever the architecture.</summary>
public interface IDiffusionModel
{
    /// <summary>The network.</summary>
    INetwork Network { get; }

    /// <summary>What it predicts.</summary>
    PredictionKind Objective { get; }

    /// <summary>The noise levels it is trained on, and its timestep input.</summary>
    UniformLogSnr Schedule { get; }

    /// <summary>The moments of the data that v is predicted around; null for the plain objective.</summary>
    GaussianSkip? Skip { get; }

    /// <summary>How the data were normalised; null where they were not.</summary>
    ChannelScale? Scale { get; }

    /// <summary>Names of the channels; may be empty.</summary>
    IReadOnlyList<string> ChannelNames { get; }

    /// <summary>The model as a denoiser.</summary>
    /// <param name="cpu">How kernels run.</param>
    IDenoiser Denoiser(Cpu cpu);
}

/// <summary>A network of any architecture with what its numbers mean; <see cref="DiffusionModel"/> is that of a DiT.</summary>
/// <param name="Network">The network.</param>
/// <param name="Objective">What it predicts.</param>
/// <param name="Schedule">The noise levels it is trained on, and its timestep input.</param>
public sealed record NetworkModel(INetwork Network, PredictionKind Objective, UniformLogSnr Schedule) : IDiffusionModel
{
    /// <inheritdoc/>
    public GaussianSkip? Skip { get; init; }

    /// <inheritdoc/>
    public ChannelScale? Scale { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ChannelNames { get; init; } = [];

    /// <summary>The model as a denoiser.</summary>
    public NetworkDenoiser Denoiser(Cpu cpu) => new(Network, Objective, Schedule, cpu, Skip);

    IDenoiser IDiffusionModel.Denoiser(Cpu cpu) => Denoiser(cpu);
}
