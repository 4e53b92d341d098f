// Samples as a file, whole or not at all. CSV has a line per frame with the shortest digits that read back as the same
// float32; .npy and .safetensors hold [count, frames, channels].

using System.Globalization;
using System.Text;
using PureDit.Formats;
using PureDit.Inference;

namespace PureDit.Cli;

/// <summary>A file that samples are written to; its ending says the format.</summary>
internal sealed class SampleFile
{
    private const string TensorName = "samples";
    private static readonly string[] Endings = [".csv", ".npy", ".safetensors"];

    private SampleFile(string path) => Path = path;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Checks, before any work is done, that the file can be written.</summary>
    /// <exception cref="UsageException">The ending is unknown, or the file exists.</exception>
    /// <exception cref="DirectoryNotFoundException">Its folder does not exist.</exception>
    public static SampleFile At(string path, bool overwrite)
    {
        string ending = System.IO.Path.GetExtension(path);
        if (!Endings.Contains(ending)) throw new UsageException($"--output: expected a file ending in {string.Join(", ", Endings)}, got '{path}'", "the ending says the format");
        if (File.Exists(path) && !overwrite) throw new UsageException($"--output: {path} exists already", "choose another name, or replace it with --force");
        string folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such folder");
        return new SampleFile(path);
    }

    /// <summary>Writes samples.</summary>
    /// <param name="samples">[n, frames, channels].</param>
    /// <param name="model">What they were drawn from.</param>
    /// <param name="options">How.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(float[] samples, IDiffusionModel model, SamplingOptions options)
    {
        int frames = model.Network.Input.Tokens, channels = model.Network.Input.DataChannels;
        long[] shape = [samples.Length / (frames * channels), frames, channels];
        switch (System.IO.Path.GetExtension(Path))
        {
            case ".npy":
                NpyFile.Write(Path, samples, shape);
                break;
            case ".safetensors":
                Dictionary<string, string> metadata = new()
                {
                    ["sampler"] = options.Sampler,
                    ["steps"] = options.Steps.ToString(CultureInfo.InvariantCulture),
                    ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
                };
                SafetensorsFile.Write(Path, new Dictionary<string, SafetensorsEntry> { [TensorName] = SafetensorsEntry.FromFloats(samples, shape) }, metadata);
                break;
            default:
                AtomicFile.Write(Path, stream => WriteCsv(stream, samples, frames, Names(model, channels)));
                break;
        }
    }

    private static IReadOnlyList<string> Names(IDiffusionModel model, int channels) => model.ChannelNames.Count > 0
        ? model.ChannelNames
        : [.. Enumerable.Range(0, channels).Select(c => string.Create(CultureInfo.InvariantCulture, $"x{c}"))];

    private static void WriteCsv(Stream stream, ReadOnlySpan<float> samples, int frames, IReadOnlyList<string> names)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"sample,frame,{string.Join(',', names.Select(Quoted))}");
        for (int row = 0; row * names.Count < samples.Length; row++)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{row / frames},{row % frames}"));
            foreach (float value in samples.Slice(row * names.Count, names.Count))
            {
                writer.Write(',');
                writer.Write(value.ToString("R", CultureInfo.InvariantCulture));
            }

            writer.WriteLine();
        }
    }

    private static string Quoted(string name) =>
        name.AsSpan().ContainsAny(",\"\r\n") ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name;
}
