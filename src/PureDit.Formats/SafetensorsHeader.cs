// The header of a safetensors file, checked before anything is believed. Beyond well-formed JSON:
//   * 2 ≤ N ≤ 100,000,000 and 8 + N ≤ file length; the first byte is '{'; UTF-8 throughout, checked before parsing
//   * no key twice in any object; metadata is a map from strings to strings; at most 3 levels deep
//   * a tensor is exactly dtype, shape (at most 16 plain decimals) and data_offsets (two of them)
//   * end − begin = product of the shape × element size, without overflow
//   * sorted by offsets, the tensors cover the data from its first byte to the last: no hole, no overlap, no tail
//
// Format: https://github.com/huggingface/safetensors. Parsing is a loop over tokens, so depth cannot exhaust the stack,
// and the memory it takes is a small multiple of the header, whatever sizes the header claims.

using System.Buffers.Binary;

namespace PureDit.Formats;

internal sealed class SafetensorsHeader
{
    public const int PrefixLength = 8;
    public const int MaximumLength = 100_000_000;
    public const int MaximumRank = 16;
    public const int MaximumNameLength = 1024;
    public const string MetadataKey = "__metadata__";

    private SafetensorsHeader(Dictionary<string, string> metadata, List<Tensor> tensors) =>
        (Metadata, Tensors) = (metadata, tensors);

    public Dictionary<string, string> Metadata { get; }

    // In the order of their data.
    public List<Tensor> Tensors { get; }

    // Returns N, the length of the JSON, given the first eight bytes (or fewer) and the length of the file.
    public static int CheckLength(string file, ReadOnlySpan<byte> prefix, long fileLength)
    {
        if (prefix.Length < PrefixLength)
        {
            throw Foreign(SafetensorsRule.HeaderTooSmall, $"the file ends in its header ({fileLength} bytes)", prefix);
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumLength)
        {
            throw Foreign(
                SafetensorsRule.HeaderTooLarge, $"the header is too large ({length} bytes, at most {MaximumLength})", prefix);
        }

        if (length < 2)
        {
            throw Foreign(SafetensorsRule.HeaderTooSmall, $"the header is too small ({length} bytes, at least 2)", prefix);
        }

        if ((long)length > fileLength - PrefixLength)
        {
            // A number this small can look like a pickle's first bytes by chance, but not like the other formats'.
            throw Foreign(
                SafetensorsRule.InvalidHeaderLength,
                $"the header is longer than the file ({length} bytes after the first 8 of {fileLength})",
                prefix[0] == 0x80 ? [] : prefix);
        }

        return (int)length;

        SafetensorsException Foreign(SafetensorsRule rule, string what, ReadOnlySpan<byte> start) =>
            new(rule, file, ForeignFile.Describe(start) is { } foreign ? $"{what}; {foreign}" : what);
    }

    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        SafetensorsHeaderReader.CheckSyntax(file, json);
        SafetensorsHeaderReader reader = new(file, json);
        Dictionary<string, string> metadata = [];
        List<Tensor> tensors = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        while (reader.NextKey(names) is { } name)
        {
            if (name == MetadataKey) metadata = reader.Metadata();
            else tensors.Add(reader.Tensor(name));
        }

        CheckCoverage(file, tensors, dataLength);
        return new SafetensorsHeader(metadata, tensors);
    }

    // [doc:safetensors-header]
    // Every byte of the data belongs to exactly one tensor. That refuses truncated files, files with something hidden
    // behind or between the tensors, and tensors that share memory.
    private static void CheckCoverage(string file, List<Tensor> tensors, long dataLength)
    {
        tensors.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long covered = 0;
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Begin != covered)
            {
                throw new SafetensorsException(
                    SafetensorsRule.InvalidOffset,
                    file,
                    $"tensor \"{Printable.Text(tensor.Name)}\" leaves a hole or overlaps (begins at {tensor.Begin}, expected {covered})");
            }

            covered = tensor.End;
        }

        if (covered != dataLength)
        {
            throw new SafetensorsException(
                SafetensorsRule.MetadataIncompleteBuffer,
                file,
                $"the file is {(covered > dataLength ? "too short" : "too long")} for its tensors ({dataLength} bytes of data, they have {covered})");
        }
    }

    // [/doc:safetensors-header]

    // Begin and End count from the first byte of the data.
    public readonly record struct Tensor(string Name, ElementType DType, long[] Shape, long Begin, long End);
}
