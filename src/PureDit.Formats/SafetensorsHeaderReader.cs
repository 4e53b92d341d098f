// Reads the JSON of a safetensors header in two passes over its tokens: first the syntax, then the meaning. Whatever
// is wrong leaves as a SafetensorsException; the JSON reader's own exceptions never do.

using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PureDit.Formats;

internal ref struct SafetensorsHeaderReader
{
    private const int MaximumDepth = 3; // header, tensor, shape
    private readonly string _file;
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<ulong> _numbers = [];
    private Utf8JsonReader _json;

    // The JSON has passed CheckSyntax.
    public SafetensorsHeaderReader(string file, ReadOnlySpan<byte> json)
    {
        _file = file;
        _json = new Utf8JsonReader(json);
        _json.Read(); // the opening brace
    }

    public static void CheckSyntax(string file, ReadOnlySpan<byte> json)
    {
        if (json[0] != '{')
        {
            throw new SafetensorsException(
                SafetensorsRule.HeaderStart, file, $"the header does not begin with '{{' (but with the byte 0x{json[0]:X2})");
        }

        if (!Utf8.IsValid(json)) throw new SafetensorsException(SafetensorsRule.HeaderUtf8, file, "the header is not UTF-8");

        Utf8JsonReader reader = new(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) continue;
                if (reader.CurrentDepth < MaximumDepth) continue;
                throw new SafetensorsException(
                    SafetensorsRule.HeaderDepth, file, $"the header nests too deep (more than {MaximumDepth} levels)");
            }
        }
        catch (JsonException e)
        {
            int at = (int)reader.BytesConsumed;
            throw StartsWithNonFinite(json[at..])
                ? new SafetensorsException(
                    SafetensorsRule.NotUnsignedInteger, file, $"the header has NaN or Infinity for a number (near byte {at})", e)
                : new SafetensorsException(SafetensorsRule.HeaderJson, file, $"the header is not JSON (near byte {at})", e);
        }
    }

    // The next key of the header, or null at its end.
    public string? NextKey(HashSet<string> seen)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject) return null;
        string key = Key(seen);
        if (key != SafetensorsHeader.MetadataKey) SafetensorsName.Check(_file, key);
        return key;
    }

    public Dictionary<string, string> Metadata()
    {
        if (_json.TokenType != JsonTokenType.StartObject) throw NotAStringMap();
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        _keys.Clear();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            string key = Key(_keys);
            if (_json.TokenType != JsonTokenType.String) throw NotAStringMap();
            metadata.Add(key, Text());
        }

        return metadata;
    }

    public SafetensorsHeader.Tensor Tensor(string name)
    {
        string label = $"tensor \"{Printable.Text(name)}\"";
        if (_json.TokenType != JsonTokenType.StartObject) throw WrongFields(label);
        SafetensorsDType? type = null;
        ulong[]? shape = null;
        (ulong Begin, ulong End)? offsets = null;
        _keys.Clear();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            switch (Key(_keys))
            {
                case "dtype": type = DType(label); break;
                case "shape": shape = Shape(label); break;
                case "data_offsets": offsets = Offsets(label); break;
                default: throw WrongFields(label);
            }
        }

        if (type is null || shape is null || offsets is null) throw WrongFields(label);
        (ulong begin, ulong end) = offsets.Value;
        if (begin > end) throw Error(SafetensorsRule.InvalidOffset, $"{label}: its data ends before it begins ([{begin}, {end}])");
        ulong needed = ByteLength(label, shape, type.Value.Size());
        if (end - begin != needed)
        {
            throw Error(
                SafetensorsRule.TensorInvalidInfo,
                $"{label}: {type.Value.Name()} [{string.Join(", ", shape)}] needs {needed} bytes, its offsets hold {end - begin}");
        }

        if (end > long.MaxValue) throw Error(SafetensorsRule.InvalidOffset, $"{label}: its data is past any file (ends at {end})");
        return new(name, type.Value, Array.ConvertAll(shape, x => (long)x), (long)begin, (long)end);
    }

    // Zeros are left out of the product, so that [0, 2^63] is judged like [2^63, 0].
    private readonly ulong ByteLength(string label, ulong[] shape, int elementSize)
    {
        ulong bits = (ulong)elementSize * 8;
        bool empty = false;
        foreach (ulong dimension in shape)
        {
            if (dimension > long.MaxValue || (dimension != 0 && bits > ulong.MaxValue / dimension))
            {
                throw Error(SafetensorsRule.ValidationOverflow, $"{label}: its size overflows (shape [{string.Join(", ", shape)}])");
            }

            if (dimension == 0) empty = true;
            else bits *= dimension;
        }

        return empty ? 0 : bits / 8;
    }

    private SafetensorsDType DType(string label)
    {
        string name = _json.TokenType == JsonTokenType.String ? Text() : Encoding.UTF8.GetString(_json.ValueSpan);
        if (_json.TokenType == JsonTokenType.String && SafetensorsDTypes.TryParse(name, out SafetensorsDType type)) return type;
        throw Error(
            SafetensorsRule.UnsupportedDtype,
            SafetensorsDTypes.IsKnownButUnsupported(name)
                ? $"{label}: element type {name} is part of the format but not supported here"
                : $"{label}: unknown element type \"{Printable.Text(name)}\"");
    }

    private ulong[] Shape(string label)
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotANumber(label);
        _numbers.Clear();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_numbers.Count == SafetensorsHeader.MaximumRank)
            {
                throw Error(
                    SafetensorsRule.RankTooLarge, $"{label}: too many dimensions (more than {SafetensorsHeader.MaximumRank})");
            }

            _numbers.Add(Number(label));
        }

        return [.. _numbers];
    }

    private (ulong Begin, ulong End) Offsets(string label)
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotAPair(label);
        _numbers.Clear();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_numbers.Count == 2 || _json.TokenType == JsonTokenType.String) throw NotAPair(label);
            _numbers.Add(Number(label));
        }

        return _numbers.Count == 2 ? (_numbers[0], _numbers[1]) : throw NotAPair(label);
    }

    // JSON has no integers: 2.0, 2e0 and -0 are legal there, and read as integers by some parsers and not by others.
    private readonly ulong Number(string label)
    {
        if (_json.TokenType == JsonTokenType.Number
            && !_json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(_json.ValueSpan, out ulong value, out _))
        {
            return value;
        }

        throw NotANumber(label);
    }

    // Leaves the reader at the value.
    private string Key(HashSet<string> seen)
    {
        string key = Text();
        if (!seen.Add(key)) throw Error(SafetensorsRule.DuplicateKey, $"the key \"{Printable.Text(key)}\" occurs twice in one object");
        _json.Read();
        return key;
    }

    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new SafetensorsException(SafetensorsRule.HeaderUtf16, _file, "the header escapes half of a surrogate pair", e);
        }
    }

    private static bool StartsWithNonFinite(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r\n:,"u8);
        return rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8);
    }

    private readonly SafetensorsException NotANumber(string label) =>
        Error(
            SafetensorsRule.NotUnsignedInteger,
            $"{label}: expected a plain unsigned number, got {Printable.Text(Encoding.UTF8.GetString(_json.ValueSpan))}");

    private readonly SafetensorsException NotAPair(string label) =>
        Error(SafetensorsRule.InvalidOffset, $"{label}: data_offsets is not a pair of numbers");

    private readonly SafetensorsException NotAStringMap() =>
        Error(SafetensorsRule.MetadataNotStringMap, $"{SafetensorsHeader.MetadataKey} is not a map from strings to strings");

    private readonly SafetensorsException WrongFields(string label) =>
        Error(SafetensorsRule.TensorInfoShape, $"{label} is not described by exactly dtype, shape and data_offsets");

    private readonly SafetensorsException Error(SafetensorsRule rule, string what) => new(rule, _file, what);
}
