using PureDit.Diffusion;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>A DiT for sequences together with what its numbers mean: it can be trained, sampled from, saved and loaded.</summary>
/// <param name="Network">The network.</param>
/// <param name="Objective">What it predicts.</param>
/// <param name="Schedule">The noise levels it was trained on, and its timestep input.</param>
public sealed record DiffusionModel(DiT Network, PredictionKind Objective, UniformLogSnr Schedule) : IDiffusionModel
{
    INetwork IDiffusionModel.Network => Network;

    /// <inheritdoc/>
    public ChannelScale? Scale { get; init; }

    /// <summary>The moments of the data that v is predicted around; null for the plain objective.</summary>
    /// <exception cref="ArgumentException">The objective is not v, or the skip is of another size.</exception>
    public GaussianSkip? Skip
    {
        get;
        init
        {
            int size = Network.Config.Input.Tokens * Network.Config.Input.DataChannels;
            if (value is not null && (Objective != PredictionKind.V || value.Size != size))
            {
                throw new ArgumentException($"Skip: expected {size} values around a prediction of V, got {value.Size} around {Objective}.", nameof(value));
            }

            field = value;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ChannelNames { get; init; } = [];

    /// <summary>The model as a denoiser.</summary>
    public DiTDenoiser Denoiser(Cpu cpu) => new(Network, Objective, Schedule, cpu, Skip);

    IDenoiser IDiffusionModel.Denoiser(Cpu cpu) => Denoiser(cpu);

    /// <summary>Loads a model that <see cref="ModelFile.Save"/> wrote; <see cref="ModelFile.Load(string)"/> takes one of any network.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a DiT, or lacks what its numbers mean.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DiffusionModel Load(string path) => SafetensorsFile.Open(path, file => Load(file));

    /// <summary>The model in a file whose weights have names that begin with a prefix.</summary>
    internal static DiffusionModel Load(SafetensorsFile file, string prefix = "") =>
        (DiffusionModel)ModelFile.Load(file, DiTWeights.Load(file, DiTMetadata.Read(file), prefix));
}
