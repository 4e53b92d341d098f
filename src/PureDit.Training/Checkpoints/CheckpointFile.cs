// One checkpoint, one safetensors file:
//   weights.NAME, average.NAME, m.NAME, v.NAME    float32, as they lie in the parameter store
//   metadata: puredit.checkpoint (version of this layout), .state, .config, .config_sha256, .sequences_sha256,
//             .library, .numerics, .sha256 (of the whole file)
// Blocks are written from where they lie and read to where they belong: neither takes memory of the size of the model.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Writes and reads checkpoints.</summary>
internal static class CheckpointFile
{
    /// <summary>What an override calls the training data, and the version below.</summary>
    public const string SequencesName = "sequences", NumericsName = "numerics";

    /// <summary>Changes whenever a release computes other bits from the same configuration.</summary>
    public const string Numerics = "1";

    private const string Version = "1", Prefix = "puredit.";

    private static readonly (ParameterBlock Block, string Prefix)[] s_blocks =
    [
        (ParameterBlock.Weights, "weights."),
        (ParameterBlock.Average, "average."),
        (ParameterBlock.FirstMoments, "m."),
        (ParameterBlock.SecondMoments, "v."),
    ];

    // [doc:checkpoint-write]
    /// <summary>Writes a checkpoint durably.</summary>
    /// <returns>What reading it would give.</returns>
    public static Checkpoint Write(
        string path, ParameterStore store, TrainingState state, TrainingConfig config, string sequences, IFileOperations files)
    {
        Dictionary<string, SafetensorsEntry> tensors = [];
        foreach ((ParameterBlock block, string prefix) in s_blocks)
        {
            foreach (Parameter parameter in In(store, block))
            {
                tensors.Add(prefix + parameter.Name, SafetensorsEntry.FromFloats(() => parameter.In(block), Lengths(parameter)));
            }
        }

        string json = TrainingFields.Write(config), standing = TrainingStateJson.Write(state);
        SealedFile.Write(path, tensors, new Dictionary<string, string>
        {
            [Prefix + "checkpoint"] = Version,
            [Prefix + "state"] = standing,
            [Prefix + "config"] = json,
            [Prefix + "config_sha256"] = Digest(Encoding.UTF8.GetBytes(json)),
            [Prefix + "sequences_sha256"] = sequences,
            [Prefix + "library"] = typeof(CheckpointFile).Assembly.GetName().Version!.ToString(3),
            [Prefix + "numerics"] = Numerics,
        }, files);
        return new Checkpoint(path, config, sequences, Numerics, TrainingStateJson.Read(standing)!);
    }
    // [/doc:checkpoint-write]

    /// <summary>Reads a checkpoint after checking every byte of it.</summary>
    /// <exception cref="SafetensorsException">It is damaged.</exception>
    /// <exception cref="DiTFileException">It is whole, and no checkpoint that this library can read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Checkpoint Read(string path, IFileOperations files) => SealedFile.Open(path, file =>
    {
        if (Text(file, "checkpoint") is not Version and string version) throw new DiTFileException(path, $"metadata puredit.checkpoint: expected {Version}, got {version}");
        TrainingState state = TrainingStateJson.Read(Text(file, "state")) ?? throw new DiTFileException(path, "metadata puredit.state: not the state of a run");
        TrainingConfig config;
        try
        {
            config = TrainingFields.Read(Text(file, "config"), path);
        }
        catch (ConfigurationException e)
        {
            throw new DiTFileException(path, $"metadata puredit.config: {e.Message}", e);
        }

        return new Checkpoint(path, config, Text(file, "sequences_sha256"), Text(file, "numerics"), state);
    }, files);

    /// <summary>Copies the tensors of a checkpoint to their places; an average that it lacks begins as the weights.</summary>
    public static TrainingState Restore(Checkpoint checkpoint, ParameterStore store, IFileOperations files) => SealedFile.Open(checkpoint.Path, file =>
    {
        bool averaged = file.Tensors.Keys.Any(name => name.StartsWith("average.", StringComparison.Ordinal));
        foreach ((ParameterBlock block, string prefix) in s_blocks)
        {
            string from = block == ParameterBlock.Average && !averaged ? "weights." : prefix;
            foreach (Parameter parameter in In(store, block))
            {
                Compare(file, from + parameter.Name, parameter);
                file.CopyTo(from + parameter.Name, parameter.In(block));
            }
        }

        return TrainingStateJson.Read(Text(file, "state"))!;
    }, files);

    /// <summary>Bytes of the tensors of a checkpoint.</summary>
    public static long Bytes(ParameterStore store) =>
        sizeof(float) * s_blocks.Sum(pair => In(store, pair.Block).Sum(parameter => (long)parameter.Shape.Count));

    /// <summary>SHA-256 of training sequences.</summary>
    public static string Digest(ReadOnlySpan<float> sequences) => Digest(MemoryMarshal.AsBytes(sequences));

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    // Frozen parameters have weights only.
    private static IEnumerable<Parameter> In(ParameterStore store, ParameterBlock block) =>
        block == ParameterBlock.Average && !store.HasAverage ? []
        : store.Parameters.Where(parameter => parameter.IsTrained || block == ParameterBlock.Weights);

    private static void Compare(SafetensorsFile file, string name, Parameter parameter)
    {
        if (!file.Tensors.TryGetValue(name, out SafetensorsEntry? entry)) throw new DiTFileException(file.Name, $"{name}: missing, expected {parameter.Shape}");
        if (!entry.Shape.SequenceEqual(Lengths(parameter)))
        {
            throw new DiTFileException(file.Name, $"{name}: expected {parameter.Shape}, got [{string.Join(", ", entry.Shape.ToArray())}]");
        }
    }

    private static string Text(SafetensorsFile file, string key) => file.Metadata.TryGetValue(Prefix + key, out string? value)
        ? value
        : throw new DiTFileException(file.Name, $"metadata {Prefix}{key}: expected, but missing: not a checkpoint");

    private static long[] Lengths(Parameter parameter)
    {
        long[] lengths = new long[parameter.Shape.Rank];
        for (int i = 0; i < lengths.Length; i++) lengths[i] = parameter.Shape[i];
        return lengths;
    }
}
