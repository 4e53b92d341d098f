// Lays out and writes a safetensors file. The bytes are those of the reference writer: metadata first, keys in the
// order of their UTF-8 bytes; tensors by descending element type, then by name, so that every one is aligned; no space
// in the JSON, and spaces behind it so that the data begins at a multiple of 8.

using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PureDit.Formats;

internal sealed class SafetensorsWriter
{
    private readonly List<(byte[] Name, SafetensorsEntry Entry)> _tensors = [];
    private readonly ArrayBufferWriter<byte> _header = new();

    public SafetensorsWriter(
        IReadOnlyDictionary<string, SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        foreach ((string name, SafetensorsEntry entry) in tensors)
        {
            byte[] utf8 = SafetensorsName.ToUtf8(name);
            string? fault = name == SafetensorsHeader.MetadataKey ? $"{name} cannot name a tensor" : SafetensorsName.Fault(utf8);
            if (fault is not null) throw new ArgumentException($"tensors: {fault}.", nameof(tensors));
            _tensors.Add((utf8, entry));
        }

        _tensors.Sort((a, b) => a.Entry.DType != b.Entry.DType
            ? b.Entry.DType.CompareTo(a.Entry.DType)
            : a.Name.AsSpan().SequenceCompareTo(b.Name));
        Length = SafetensorsHeader.PrefixLength + WriteHeader(metadata);
        if (_header.WrittenCount > SafetensorsHeader.MaximumLength)
        {
            throw new ArgumentException(
                $"tensors: their names and metadata need a header of {_header.WrittenCount} bytes, at most {SafetensorsHeader.MaximumLength}.",
                nameof(tensors));
        }
    }

    // Of the whole file.
    public long Length { get; }

    public ReadOnlySpan<byte> Header => _header.WrittenSpan;

    public void WriteTo(Stream stream) => WriteTo(stream.Write);

    public void WriteTo(Action<ReadOnlySpan<byte>> write)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, _header.WrittenCount);
        write(prefix);
        write(_header.WrittenSpan);
        foreach ((_, SafetensorsEntry entry) in _tensors) write(entry.Bytes);
    }

    // Returns the bytes of header and data together.
    private long WriteHeader(IReadOnlyDictionary<string, string>? metadata)
    {
        string separator = "{";
        if (metadata is { Count: > 0 })
        {
            Add($"{{\"{SafetensorsHeader.MetadataKey}\":");
            List<(byte[] Key, byte[] Value)> pairs =
                [.. metadata.Select(pair => (SafetensorsName.ToUtf8(pair.Key), SafetensorsName.ToUtf8(pair.Value)))];
            pairs.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
            foreach ((byte[] key, byte[] value) in pairs)
            {
                Add(separator);
                AddString(key);
                Add(":");
                AddString(value);
                separator = ",";
            }

            Add("}");
        }

        long offset = 0;
        foreach ((byte[] name, SafetensorsEntry entry) in _tensors)
        {
            Add(separator);
            AddString(name);
            Add($":{{\"dtype\":\"{entry.DType.Name()}\",\"shape\":[{string.Join(',', entry.Shape.ToArray())}],\"data_offsets\":[");
            Add(string.Create(CultureInfo.InvariantCulture, $"{offset},{offset + entry.ByteLength}]}}"));
            offset += entry.ByteLength;
            separator = ",";
        }

        Add(separator == "{" ? "{}" : "}");
        while (_header.WrittenCount % 8 != 0) Add(" ");
        return _header.WrittenCount + offset;
    }

    private void Add(string text) => _header.Write(Encoding.UTF8.GetBytes(text));

    // Only what JSON demands is escaped.
    private void AddString(ReadOnlySpan<byte> utf8)
    {
        Add("\"");
        foreach (byte b in utf8)
        {
            switch (b)
            {
                case (byte)'"': Add("\\\""); break;
                case (byte)'\\': Add("\\\\"); break;
                case (byte)'\b': Add("\\b"); break;
                case (byte)'\f': Add("\\f"); break;
                case (byte)'\n': Add("\\n"); break;
                case (byte)'\r': Add("\\r"); break;
                case (byte)'\t': Add("\\t"); break;
                case < 0x20: Add($"\\u{b:x4}"); break;
                default: _header.Write([b]); break;
            }
        }

        Add("\"");
    }
}
