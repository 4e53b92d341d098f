// A reference computation in a safetensors file: metadata = architecture in the published names and the batch, and
//   weight.*               every parameter                     input.x, .t, .y, .target   what the model was given
//   activation.*           inner values by module name         output, loss               what came out
//   gradient.*             of the loss, for every trained parameter and input.x
//   guided.first3 / .all   classifier-free guidance of scale 4 for the first samples (models with classes)
// All of them must be there in their shapes, and nothing else may be: a check that passes over what it does not know
// is none.

using PureDit.Autodiff;
using PureDit.Formats;

namespace PureDit.Nn;

internal sealed class GoldenFile
{
    private readonly SafetensorsFile _file;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public GoldenFile(SafetensorsFile file)
    {
        _file = file;
        Model = DiTWeights.Load(file, DiTMetadata.ReadPublished(file), "weight.");
        foreach (Parameter parameter in Model.Parameters.Parameters) _known.Add("weight." + parameter.Name);
        Batch = ReadBatch();
        X = Read("input.x", Data(Config.Input.DataChannels));
        T = Read("input.t", new Shape(Batch));
        Target = Read("input.target", Data(Config.OutputChannels));
        Labels = ReadLabels();
        GuidedSamples = ReadGuidedSamples();
    }

    public DiT Model { get; }

    public DiTConfig Config => Model.Config;

    public string Name => _file.Name;

    public int Batch { get; }

    public float[] X { get; }

    public float[] T { get; }

    public float[] Target { get; }

    public int[] Labels { get; }

    /// <summary>How many samples the guided references have; 0 without classes.</summary>
    public int GuidedSamples { get; }

    public Shape Data(int channels) => Config.Input.BatchShape(Batch, channels);

    /// <summary>The stored values of a result.</summary>
    /// <exception cref="DiTFileException">It is missing or has another shape.</exception>
    public double[] Expected(string name, Shape shape)
    {
        Require(name, shape);
        return _file.ToDoubles(name);
    }

    /// <exception cref="DiTFileException">The file holds tensors that were never asked for.</exception>
    public void CheckNothingElse()
    {
        string[] unknown = [.. _file.Tensors.Keys.Where(name => !_known.Contains(name)).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0) throw new DiTFileException(Name, $"unexpected tensors: {string.Join(", ", unknown.Take(10))}.");
    }

    private float[] Read(string name, Shape shape)
    {
        Require(name, shape);
        return _file.ToFloats(name);
    }

    private void Require(string name, Shape shape)
    {
        SafetensorsEntry entry = Entry(name);
        bool same = entry.Shape.Length == shape.Rank;
        for (int i = 0; same && i < shape.Rank; i++) same = entry.Shape[i] == shape[i];
        bool scalar = shape.Rank == 0 && entry.Count == 1; // a loss may be stored as [] or [1]
        if (!same && !scalar) throw Wrong(name, $"expected shape {shape}, got [{string.Join(", ", entry.Shape.ToArray())}]");
        _known.Add(name);
    }

    private SafetensorsEntry Entry(string name) => _file.Tensors.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new DiTFileException(Name, $"{name}: missing.");

    private int ReadBatch()
    {
        SafetensorsEntry x = Entry("input.x");
        if (x.Shape.Length != 4 || x.Shape[0] is < 1 or > int.MaxValue) throw Wrong("input.x", "expected [N, C, S, S] with N of 1 or more");
        int batch = (int)x.Shape[0];
        if (_file.Metadata.TryGetValue("batch", out string? stated) && stated != FormattableString.Invariant($"{batch}"))
        {
            throw new DiTFileException(Name, $"metadata batch: expected {batch} as in input.x, got '{stated}'.");
        }

        return batch;
    }

    private int[] ReadLabels()
    {
        if (Config.Classes == 0 && !_file.Tensors.ContainsKey("input.y")) return [];
        Require("input.y", new Shape(Batch));
        long[] labels = _file.ToInt64s("input.y");
        if (Config.Classes == 0) return []; // a model without classes does not look at them
        int bad = Array.FindIndex(labels, label => label < 0 || label > Config.NullLabel);
        if (bad >= 0) throw Wrong("input.y", $"expected labels 0 to {Config.NullLabel}, got {labels[bad]} at {bad}");
        return Array.ConvertAll(labels, label => (int)label);
    }

    private int ReadGuidedSamples()
    {
        if (Config.Classes == 0) return 0;
        SafetensorsEntry guided = Entry("guided.all");
        if (guided.Shape.Length != 4 || guided.Shape[0] < 1 || guided.Shape[0] > Batch)
        {
            throw Wrong("guided.all", $"expected [n, C, S, S] with n of 1 to {Batch}, got [{string.Join(", ", guided.Shape.ToArray())}]");
        }

        return (int)guided.Shape[0];
    }

    private DiTFileException Wrong(string name, string problem) => new(Name, $"{name}: {problem}.");
}
