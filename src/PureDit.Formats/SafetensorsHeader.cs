// The header of a safetensors file, checked before anything is believed. Beyond well-formed JSON:
//   * 2 ≤ N ≤ 100,000,000 and 8 + N ≤ file length; the first byte is '{'; UTF-8 throughout, checked before parsing
//   * no key twice in any object; metadata is a map from strings to strings; at most 3 levels deep
//   * a tensor is exactly dtype, shape (at most 16 plain decimals) and data_offsets (two of them)
//   * end − begin = product of the shape × element size, without overflow
//   * sorted by offsets, the tensors cover the data from its first byte to the last: no hole, no overlap, no tail
//
// Format: https://github.com/huggingface/safetensors. Parsing is a loop over tokens, so depth cannot exhaust the stack.
// Checking takes less memory than the JSON itself, however many tensors it holds: a tensor is a position in the text and
// two offsets until somebody asks for it.

using System.Buffers.Binary;

namespace PureDit.Formats;

internal sealed class SafetensorsHeader
{
    public const int PrefixLength = 8;
    public const int StartLength = 64; // enough to tell what else a file is
    public const int MaximumLength = 100_000_000;
    public const int MaximumRank = 16;
    public const int MaximumNameLength = 1024;
    public const string MetadataKey = "__metadata__";

    private readonly string _file;
    private readonly ReadOnlyMemory<byte> _json;
    private readonly int? _metadata;

    private SafetensorsHeader(string file, ReadOnlyMemory<byte> json, int? metadata, ArraySegment<Place> places) =>
        (_file, _json, _metadata, Places) = (file, json, metadata, places);

    // In the order of their data.
    public ArraySegment<Place> Places { get; }

    // Returns N, the length of the JSON, given the first bytes of a file and its length.
    public static int CheckLength(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < PrefixLength)
        {
            throw Foreign(SafetensorsRule.HeaderTooSmall, $"the file ends in its header ({fileLength} bytes)", start);
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaximumLength)
        {
            throw Foreign(
                SafetensorsRule.HeaderTooLarge, $"the header is too large ({length} bytes, at most {MaximumLength})", start);
        }

        if (length < 2)
        {
            throw Foreign(SafetensorsRule.HeaderTooSmall, $"the header is too small ({length} bytes, at least 2)", start);
        }

        if ((long)length > fileLength - PrefixLength)
        {
            // A number this small can look like a pickle's first bytes by chance, but not like the other formats'.
            throw Foreign(
                SafetensorsRule.InvalidHeaderLength,
                $"the header is longer than the file ({length} bytes after the first 8 of {fileLength})",
                start[0] == 0x80 ? [] : start);
        }

        return (int)length;

        SafetensorsException Foreign(SafetensorsRule rule, string what, ReadOnlySpan<byte> start) =>
            new(rule, file, ForeignFile.Describe(start) is { } foreign ? $"{what}; {foreign}" : what);
    }

    public static SafetensorsHeader Parse(string file, ReadOnlyMemory<byte> json, long dataLength)
    {
        SafetensorsSyntax.Check(file, "the header", json.Span, SafetensorsHeaderReader.MaximumDepth);
        SafetensorsHeaderReader reader = SafetensorsHeaderReader.OfHeader(file, json.Span);
        SafetensorsKeys names = reader.Keys();
        Place[] places = new Place[names.Count];
        int? metadata = null;
        int tensors = 0;
        while (reader.NextKey(names) is { } key)
        {
            if (reader.IsMetadata)
            {
                reader.Metadata(into: null);
                metadata = key;
            }
            else
            {
                (long begin, long end) = reader.Tensor(out _, out _);
                places[tensors++] = new(key, begin, end);
            }
        }

        CheckCoverage(file, json.Span, places.AsSpan(0, tensors), dataLength);
        return new SafetensorsHeader(file, json, metadata, new(places, 0, tensors));
    }

    public Dictionary<string, string> Metadata()
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        if (_metadata is { } key) SafetensorsHeaderReader.OfValue(_file, _json.Span, key, out _).Metadata(into: metadata);
        return metadata;
    }

    public Tensor TensorAt(Place place)
    {
        SafetensorsHeaderReader reader = SafetensorsHeaderReader.OfValue(_file, _json.Span, place.Key, out string name);
        reader.Tensor(out ElementType type, out ReadOnlySpan<long> shape);
        return new Tensor(name, type, shape.ToArray(), place.Begin, place.End);
    }

    public string NameAt(Place place) => SafetensorsHeaderReader.NameAt(_json.Span, place.Key);

    // [doc:safetensors-header]
    // Every byte of the data belongs to exactly one tensor. That refuses truncated files, files with something hidden
    // behind or between the tensors, and tensors that share memory.
    private static void CheckCoverage(string file, ReadOnlySpan<byte> json, Span<Place> places, long dataLength)
    {
        places.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long covered = 0;
        foreach (Place place in places)
        {
            if (place.Begin != covered)
            {
                throw new SafetensorsException(
                    SafetensorsRule.InvalidOffset,
                    file,
                    $"tensor \"{Printable.Text(SafetensorsHeaderReader.NameAt(json, place.Key))}\" leaves a hole or overlaps "
                    + $"(begins at {place.Begin}, expected {covered})");
            }

            covered = place.End;
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

    // Where a tensor is described and where it lies: its key is at a position of the JSON; begin and end count from the
    // first byte of the data.
    public readonly record struct Place(int Key, long Begin, long End);

    public readonly record struct Tensor(string Name, ElementType DType, long[] Shape, long Begin, long End);
}
