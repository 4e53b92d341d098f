using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace PureDit.Formats;

// Reads the JSON of an index: exactly weight_map, a map from strings to strings, and perhaps metadata, an object whose
// total_size is a plain number and whose other fields, which writers add at will, are passed over if they are no objects.
internal ref struct SafetensorsIndexReader
{
    private const int MaximumDepth = 2; // index, map
    private const string Ending = ".safetensors";
    private const int LongestShard = 255;
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+");

    private readonly string _file;
    private readonly ReadOnlySpan<byte> _text;
    private Utf8JsonReader _json;

    private SafetensorsIndexReader(string file, ReadOnlySpan<byte> text)
    {
        _file = file;
        _text = text;
        _json = new Utf8JsonReader(text);
        _json.Read();
    }

    public static SafetensorsIndex Read(string file, ReadOnlySpan<byte> text)
    {
        if (text.Length == 0) throw new SafetensorsException(SafetensorsRule.HeaderTooSmall, file, InputFile.Empty);
        SafetensorsSyntax.Check(file, "the index", text, MaximumDepth);
        SafetensorsIndexReader reader = new(file, text);
        SafetensorsKeys fields = new(text, reader._json);
        long? size = null;
        Dictionary<string, string>? map = null;
        while (reader.Next(fields))
        {
            if (reader._json.ValueTextEquals("weight_map"u8)) map = reader.Map();
            else if (reader._json.ValueTextEquals("metadata"u8)) size = reader.TotalSize();
            else throw reader.WrongFields();
        }

        return map is null ? throw reader.WrongFields() : new SafetensorsIndex(file, size, map);
    }

    private Dictionary<string, string> Map()
    {
        SafetensorsKeys names = Object();
        Dictionary<string, string> map = new(names.Count, StringComparer.Ordinal);
        while (Next(names))
        {
            string name = _json.GetString()!;
            if (SafetensorsName.Fault(Encoding.UTF8.GetBytes(name)) is { } fault) throw Error(SafetensorsRule.TensorName, fault);
            _json.Read();
            if (_json.TokenType != JsonTokenType.String) throw WrongFields();
            map.Add(name, Shard(_json.GetString()!));
        }

        return map;
    }

    private long? TotalSize()
    {
        SafetensorsKeys keys = Object();
        long? size = null;
        while (Next(keys))
        {
            bool wanted = _json.ValueTextEquals("total_size"u8);
            _json.Read();
            if (_json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) throw WrongFields();
            if (wanted) size = Number();
        }

        return size;
    }

    private readonly long Number() =>
        _json.TokenType == JsonTokenType.Number
        && !_json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9')
        && Utf8Parser.TryParse(_json.ValueSpan, out long value, out _)
            ? value
            : throw Error(SafetensorsRule.NotUnsignedInteger, $"total_size: expected a plain unsigned number, got {Printable.Text(Encoding.UTF8.GetString(_json.ValueSpan))}");

    // What could mean something else than a file beside the index, here or on another system, is not a name.
    private readonly string Shard(string name) =>
        name.Length is > 12 and <= LongestShard && name.EndsWith(Ending, StringComparison.Ordinal) && name[0] is not ('.' or '-')
        && !name.AsSpan().ContainsAnyExcept(Plain)
            ? name
            : throw Error(
                SafetensorsRule.ShardName,
                $"\"{Printable.Text(name)}\" is not the plain name of a shard (up to {LongestShard} letters, digits and ._-+, ending in {Ending})");

    // Enters the object that is the value of the key at which the reader stands.
    private SafetensorsKeys Object()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.StartObject ? new SafetensorsKeys(_text, _json) : throw WrongFields();
    }

    // Moves to the next key of an object, if there is one.
    private bool Next(SafetensorsKeys seen)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject) return false;
        if (seen.Add((int)_json.TokenStartIndex)) return true;
        throw Error(SafetensorsRule.DuplicateKey, $"the key \"{Printable.Text(_json.GetString()!)}\" occurs twice in one object");
    }

    private readonly SafetensorsException WrongFields() => Error(
        SafetensorsRule.IndexFields, "the index is not an object of weight_map, a map from tensors to shards, and perhaps metadata with total_size");

    private readonly SafetensorsException Error(SafetensorsRule rule, string what) => new(rule, _file, what);
}
