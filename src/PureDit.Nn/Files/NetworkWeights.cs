// The parameters of any network in a safetensors file, the architecture in the metadata; puredit.network = dit | unet says
// whose, and a file without it is a DiT's. Loading is strict: every parameter present, in its shape, as floating-point
// numbers, and nothing else; the names and shapes are compared before any memory is taken, so a wrong file costs nothing.
// Values go from the file to their places: loading takes the memory of one model. Needs no training code.

using PureDit.Autodiff;
using PureDit.Formats;

namespace PureDit.Nn;

/// <summary>Saves and loads networks of any kind.</summary>
public static class NetworkWeights
{
    internal const string KindKey = "puredit.network", DiTKind = "dit", UNetKind = "unet";

    /// <summary>Writes a network; the same one gives the same bytes.</summary>
    /// <param name="network">A <see cref="DiT"/> or a <see cref="UNet"/>.</param>
    /// <param name="path">Where to; a file that is there is replaced as a whole.</param>
    /// <param name="block">The weights, or their average; frozen parameters are weights in either case.</param>
    /// <param name="metadata">More pairs for the header, for example how the model was trained; null for none.</param>
    /// <param name="prefix">What the names of the network's tensors begin with.</param>
    /// <param name="others">More tensors, for example what stands before the network; null for none.</param>
    /// <exception cref="ArgumentException">
    /// The network is of another kind, a pair has the key of one that describes the architecture, or a tensor the name of a parameter.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(
        INetwork network, string path, ParameterBlock block = ParameterBlock.Weights, IReadOnlyDictionary<string, string>? metadata = null,
        string prefix = "", IReadOnlyDictionary<string, SafetensorsEntry>? others = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Dictionary<string, string> pairs = network switch
        {
            DiT dit => DiTMetadata.Write(dit.Config),
            UNet unet => UNetMetadata.Write(unet.Config),
            _ => throw new ArgumentException($"network: expected a DiT or a UNet, whose architecture has a form in files, got a {network.GetType().Name}.", nameof(network)),
        };
        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
        {
            if (!pairs.TryAdd(key, value))
            {
                throw new ArgumentException($"metadata: expected other keys than those of the architecture, got {key}.", nameof(metadata));
            }
        }

        Dictionary<string, SafetensorsEntry> tensors = others is null ? [] : new(others);
        foreach (Parameter parameter in network.Parameters.Parameters)
        {
            ParameterBlock from = parameter.IsTrained ? block : ParameterBlock.Weights;
            if (!tensors.TryAdd(prefix + parameter.Name, SafetensorsEntry.FromFloats(() => parameter.In(from), Lengths(parameter.Shape))))
            {
                throw new ArgumentException($"others: expected other names than those of the parameters, got {prefix}{parameter.Name}.", nameof(others));
            }
        }

        SafetensorsFile.Write(path, tensors, pairs);
    }

    /// <summary>Loads a network that <see cref="Save"/> wrote.</summary>
    /// <exception cref="SafetensorsException">The file is not valid.</exception>
    /// <exception cref="DiTFileException">It does not hold a network, or not the one that its metadata describe.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static INetwork Load(string path) => SafetensorsFile.Open(path, file => Load(file));

    /// <summary>Loads the network of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What the names begin with in the file; tensors of other names are passed over unless it is empty.</param>
    /// <exception cref="SafetensorsException">A tensor does not hold floating-point numbers.</exception>
    /// <exception cref="DiTFileException">The metadata describe no network; or a tensor is missing, unexpected or of another shape.</exception>
    public static INetwork Load(SafetensorsFile file, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(file);
        return Kind(file) switch
        {
            DiTKind => DiTWeights.Load(file, DiTMetadata.Read(file), prefix),
            UNetKind => LoadUNet(file, UNetMetadata.Read(file), prefix),
            string other => throw new DiTFileException(file.Name, $"metadata {KindKey}: expected {DiTKind} or {UNetKind}, got '{other}'."),
        };
    }

    /// <summary>Refuses the file of another network.</summary>
    internal static void RequireKind(SafetensorsFile file, string kind)
    {
        if (Kind(file) is { } actual && actual != kind)
        {
            throw new DiTFileException(file.Name, $"metadata {KindKey}: expected {kind}, got '{actual}'; {nameof(NetworkWeights)}.{nameof(Load)} takes the network of any kind.");
        }
    }

    // [doc:load-weights]
    /// <summary>Fills declared parameters from a file that holds them and no others under a prefix.</summary>
    /// <param name="file">The file.</param>
    /// <param name="store">The parameters, declared; what is not yet allocated costs nothing if the file is wrong.</param>
    /// <param name="allocate">Allocates them.</param>
    /// <param name="prefix">What the names begin with in the file; tensors of other names are passed over unless it is empty.</param>
    internal static void Fill(SafetensorsFile file, ParameterStore store, Action allocate, string prefix)
    {
        Compare(file, store, prefix);
        allocate();
        foreach (Parameter parameter in store.Parameters)
        {
            file.CopyTo(prefix + parameter.Name, parameter.Data);
        }
    }
    // [/doc:load-weights]

    private static UNet LoadUNet(SafetensorsFile file, UNetConfig config, string prefix)
    {
        UNet network = Declared(file, () => UNet.Declare(config));
        Fill(file, network.Parameters, network.Parameters.Seal, prefix);
        return network;
    }

    /// <summary>A declared network, or what a file is said to be that has no possible one.</summary>
    internal static T Declared<T>(SafetensorsFile file, Func<T> declare)
    {
        try
        {
            return declare();
        }
        catch (ArgumentException e)
        {
            throw new DiTFileException(file.Name, $"not a possible model: {e.Message}", e);
        }
    }

    private static string Kind(SafetensorsFile file) => file.Metadata.GetValueOrDefault(KindKey, DiTKind);

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
