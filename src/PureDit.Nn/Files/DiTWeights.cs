// A DiT's parameters in a safetensors file, under the names of the published checkpoints, the architecture in the
// metadata; also published checkpoints, whose architecture the caller knows. Files of any network: NetworkWeights.cs,
// where it stands what loading checks.

using PureDit.Autodiff;
using PureDit.Formats;

namespace PureDit.Nn;

/// <summary>Saves and loads diffusion transformers.</summary>
public static class DiTWeights
{
    /// <summary>Writes a model; the same model gives the same bytes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Where to; a file that is there is replaced as a whole.</param>
    /// <param name="block">The weights, or their average; frozen parameters are weights in either case.</param>
    /// <param name="metadata">More pairs for the header, for example how the model was trained; null for none.</param>
    /// <param name="prefix">What the names of the model's tensors begin with.</param>
    /// <param name="others">More tensors, for example what stands before the model; null for none.</param>
    /// <exception cref="ArgumentException">A pair has the key of one that describes the architecture, or a tensor the name of a parameter.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(
        DiT model, string path, ParameterBlock block = ParameterBlock.Weights, IReadOnlyDictionary<string, string>? metadata = null,
        string prefix = "", IReadOnlyDictionary<string, SafetensorsEntry>? others = null) =>
        NetworkWeights.Save(model, path, block, metadata, prefix, others);

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a model, or not the one that its metadata describe.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DiT Load(string path) => SafetensorsFile.Open(path, file => Load(file, DiTMetadata.Read(file)));

    /// <summary>Loads a model of a known architecture, for example a published checkpoint.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">The architecture.</param>
    /// <param name="prefix">What the names begin with in the file; tensors of other names are passed over unless it is empty.</param>
    /// <exception cref="SafetensorsException">A tensor does not hold floating-point numbers.</exception>
    /// <exception cref="DiTFileException">A tensor is missing, unexpected or of another shape; the message lists them.</exception>
    public static DiT Load(SafetensorsFile file, DiTConfig config, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(file);
        DiT model = NetworkWeights.Declared(file, () => DiT.Declare(config));
        NetworkWeights.Fill(file, model.Parameters, model.Allocate, prefix);
        return model;
    }
}
