// A model's parameters in a safetensors file, under the names of the published checkpoints, the architecture in the
// metadata. Loading is strict: every parameter present, in its shape, as floating-point numbers, and nothing else; the
// names and shapes are compared before any memory is taken, so a wrong file costs nothing. Values go from the file to
// their places: loading takes the memory of one model. Needs no training code.

using PureDit.Autodiff;
using PureDit.Formats;

namespace PureDit.Nn;

/// <summary>Saves and loads models.</summary>
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
        string prefix = "", IReadOnlyDictionary<string, SafetensorsEntry>? others = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Dictionary<string, string> pairs = DiTMetadata.Write(model.Config);
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
        {
            if (!pairs.TryAdd(key, value))
            {
                throw new ArgumentException($"metadata: expected other keys than those of the architecture, got {key}.", nameof(metadata));
            }
        }

        Dictionary<string, SafetensorsEntry> tensors = others is null ? [] : new(others);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            ParameterBlock from = parameter.IsTrained ? block : ParameterBlock.Weights;
            if (!tensors.TryAdd(prefix + parameter.Name, SafetensorsEntry.FromFloats(() => parameter.In(from), Lengths(parameter.Shape))))
            {
                throw new ArgumentException($"others: expected other names than those of the parameters, got {prefix}{parameter.Name}.", nameof(others));
            }
        }

        SafetensorsFile.Write(path, tensors, pairs);
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a model, or not the one that its metadata describe.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DiT Load(string path) => SafetensorsFile.Open(path, file => Load(file, DiTMetadata.Read(file)));

    // [doc:load-weights]
    /// <summary>Loads a model of a known architecture, for example a published checkpoint.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">The architecture.</param>
    /// <param name="prefix">What the names begin with in the file; tensors of other names are passed over unless it is empty.</param>
    /// <exception cref="SafetensorsException">A tensor does not hold floating-point numbers.</exception>
    /// <exception cref="DiTFileException">A tensor is missing, unexpected or of another shape; the message lists them.</exception>
    public static DiT Load(SafetensorsFile file, DiTConfig config, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(file);
        DiT model = Declare(file, config);
        Compare(file, model.Parameters, prefix);
        model.Allocate();
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            file.CopyTo(prefix + parameter.Name, parameter.Data);
        }

        return model;
    }
    // [/doc:load-weights]

    private static DiT Declare(SafetensorsFile file, DiTConfig config)
    {
        try
        {
            return DiT.Declare(config);
        }
        catch (ArgumentException e)
        {
            throw new DiTFileException(file.Name, $"not a possible model: {e.Message}", e);
        }
    }

    private static void Compare(SafetensorsFile file, ParameterStore store, string prefix)
    {
        List<string> problems = [];
        foreach (Parameter parameter in store.Parameters)
        {
            if (!file.Tensors.TryGetValue(prefix + parameter.Name, out SafetensorsEntry? entry))
            {
                problems.Add($"{prefix}{parameter.Name}: missing, expected {parameter.Shape}");
            }
            else if (!entry.Shape.SequenceEqual(Lengths(parameter.Shape)))
            {
                problems.Add($"{prefix}{parameter.Name}: expected {parameter.Shape}, got [{string.Join(", ", entry.Shape.ToArray())}]");
            }
        }

        foreach (string name in file.Tensors.Keys.Order(StringComparer.Ordinal))
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            if (!store.TryGet(name[prefix.Length..], out _)) problems.Add($"{name}: unexpected");
        }

        const int Shown = 10;
        if (problems.Count == 0) return;
        string more = problems.Count > Shown ? $"; and {problems.Count - Shown} more" : "";
        throw new DiTFileException(file.Name, $"not the model that was expected: {string.Join("; ", problems.Take(Shown))}{more}.");
    }

    private static long[] Lengths(Shape shape)
    {
        long[] lengths = new long[shape.Rank];
        for (int i = 0; i < lengths.Length; i++) lengths[i] = shape[i];
        return lengths;
    }
}
