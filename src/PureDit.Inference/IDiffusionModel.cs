using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A network together with what its numbers mean: what can be trained, whatever the architecture.</summary>
public interface IDiffusionModel
{
    /// <summary>The network.</summary>
    INetwork Network { get; }

    /// <summary>What it predicts.</summary>
    PredictionKind Objective { get; }

    /// <summary>The noise levels it is trained on, and its timestep input.</summary>
    UniformLogSnr Schedule { get; }
}

/// <summary>A network of any architecture with what its numbers mean; a DiT that is to be saved is a <see cref="DiffusionModel"/>.</summary>
/// <param name="Network">The network.</param>
/// <param name="Objective">What it predicts.</param>
/// <param name="Schedule">The noise levels it is trained on, and its timestep input.</param>
public sealed record NetworkModel(INetwork Network, PredictionKind Objective, UniformLogSnr Schedule) : IDiffusionModel
{
    /// <summary>The model as a denoiser.</summary>
    public NetworkDenoiser Denoiser(Cpu cpu) => new(Network, Objective, Schedule, cpu);
}
