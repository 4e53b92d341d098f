// A model in several safetensors files ("shards") and the index that says which tensor lies in which:
//
//   {"metadata":{"total_size":96},"weight_map":{"a.weight":"model-00001-of-00002.safetensors", …}}
//
// Format: that of Hugging Face's published checkpoints. Checked as strictly as a single file: the shards are plain names
// of files beside the index and never paths, every listed tensor is in its shard and nothing else is, and the total size,
// where it is given, is that of the tensors in bytes.

namespace PureDit.Formats;

/// <summary>The index of a model that is stored in several safetensors files.</summary>
public sealed class SafetensorsIndex
{
    private const int MaximumLength = SafetensorsHeader.MaximumLength;

    internal SafetensorsIndex(string name, long? totalSize, IReadOnlyDictionary<string, string> shardOf) =>
        (Name, TotalSize, ShardOf) = (name, totalSize, shardOf);

    /// <summary>The path; used in messages.</summary>
    public string Name { get; }

    /// <summary>Bytes of all tensors together, as the index says; null where it does not.</summary>
    public long? TotalSize { get; }

    /// <summary>Tensor names, and the shard that holds each: the plain name of a file beside the index.</summary>
    public IReadOnlyDictionary<string, string> ShardOf { get; }

    /// <summary>The shards, every one once, in ordinal order.</summary>
    public IReadOnlyList<string> Shards => [.. ShardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether a path is named as an index is.</summary>
    public static bool IsIndex(string path) => path.EndsWith(".safetensors.index.json", StringComparison.Ordinal);

    /// <summary>Reads an index alone; its shards are not looked at.</summary>
    /// <param name="path">Path of the index, such as <c>model.safetensors.index.json</c>.</param>
    /// <exception cref="SafetensorsException">The index is not valid.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsIndex Read(string path)
    {
        using FileStream stream = SafetensorsFile.OpenFile(path);
        if (stream.Length > MaximumLength)
        {
            throw new SafetensorsException(
                SafetensorsRule.HeaderTooLarge, path, $"the index is too large ({stream.Length} bytes, at most {MaximumLength})");
        }

        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return SafetensorsIndexReader.Read(path, json);
    }

    /// <summary>Opens all shards for as long as a function takes, as if they were one file.</summary>
    /// <param name="path">Path of the index.</param>
    /// <param name="use">Sees the tensors of all shards, and the metadata that the shards agree on; its tensors must not be used after it has returned.</param>
    /// <returns>What <paramref name="use"/> returns.</returns>
    /// <exception cref="SafetensorsException">The index or a shard is not valid, or they do not agree.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static T Open<T>(string path, Func<SafetensorsFile, T> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        SafetensorsIndex index = Read(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<FileStream> streams = [];
        try
        {
            Dictionary<string, SafetensorsEntry> tensors = new(StringComparer.Ordinal);
            Dictionary<string, string>? metadata = null;
            foreach (string shard in index.Shards)
            {
                string file = Path.Combine(folder, shard);
                if (!File.Exists(file)) throw index.Error(SafetensorsRule.ShardMissing, $"the shard {Printable.Text(shard)} is not beside it");
                FileStream stream = SafetensorsFile.OpenFile(file);
                streams.Add(stream);
                SafetensorsFile content = SafetensorsFile.View(stream, file);
                index.AddAll(content.Tensors, shard, tensors);
                metadata = metadata is null
                    ? new(content.Metadata, StringComparer.Ordinal)
                    : new(metadata.Where(pair => content.Metadata.GetValueOrDefault(pair.Key) == pair.Value), StringComparer.Ordinal);
            }

            index.CheckComplete(tensors);
            return use(new SafetensorsFile(path, metadata ?? [], tensors));
        }
        finally
        {
            foreach (FileStream stream in streams) stream.Dispose();
        }
    }

    private void AddAll(IReadOnlyDictionary<string, SafetensorsEntry> content, string shard, Dictionary<string, SafetensorsEntry> tensors)
    {
        foreach ((string name, SafetensorsEntry entry) in content)
        {
            string? listed = ShardOf.GetValueOrDefault(name);
            if (listed == shard)
            {
                tensors.Add(name, entry);
                continue;
            }

            throw Error(
                SafetensorsRule.ShardMismatch,
                $"the shard {Printable.Text(shard)} holds the tensor \"{Printable.Text(name)}\", which the index "
                + (listed is null ? "does not list" : $"places in {Printable.Text(listed)}"));
        }
    }

    private void CheckComplete(Dictionary<string, SafetensorsEntry> tensors)
    {
        if (ShardOf.Keys.FirstOrDefault(name => !tensors.ContainsKey(name)) is { } missing)
        {
            throw Error(
                SafetensorsRule.ShardMismatch,
                $"the tensor \"{Printable.Text(missing)}\" is not in its shard {Printable.Text(ShardOf[missing])}");
        }

        long size = tensors.Values.Sum(tensor => tensor.ByteLength);
        if (TotalSize is { } total && total != size)
        {
            throw Error(SafetensorsRule.TotalSize, $"its total_size is {total}, its tensors have {size} bytes");
        }
    }

    private SafetensorsException Error(SafetensorsRule rule, string what) => new(rule, Name, what);
}
