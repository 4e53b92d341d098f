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
    private readonly List<long> _shape = [];
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
                // Unescaping throws for half a surrogate pair; here it is caught, once for all strings.
                if (reader.ValueIsEscaped) reader.GetString();
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) continue;
                if (reader.CurrentDepth < MaximumDepth) continue;
                throw new SafetensorsException(
                    SafetensorsRule.HeaderDepth, file, $"the header nests too deep (more than {MaximumDepth} levels)");
            }
        }
        catch (InvalidOperationException e)
        {
            throw new SafetensorsException(SafetensorsRule.HeaderUtf16, file, "the header escapes half of a surrogate pair", e);
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
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            string key = Key(seen);
            if (_json.TokenType != JsonTokenType.String) throw NotAStringMap();
            metadata.Add(key, _json.GetString()!);
        }

        return metadata;
    }

    public SafetensorsHeader.Tensor Tensor(string name)
    {
        if (_json.TokenType != JsonTokenType.StartObject) throw WrongFields(name);
        ElementType? type = null;
        long[]? shape = null;
        (ulong Begin, ulong End)? offsets = null;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (IsKey("dtype"u8, type is not null)) type = DType(name);
            else if (IsKey("shape"u8, shape is not null)) shape = Shape(name);
            else if (IsKey("data_offsets"u8, offsets is not null)) offsets = Offsets(name);
            else throw WrongFields(name);
        }

        if (type is null || shape is null || offsets is null) throw WrongFields(name);
        (ulong begin, ulong end) = offsets.Value;
        if (begin > end) throw Error(SafetensorsRule.InvalidOffset, $"{Label(name)}: its data ends before it begins ([{begin}, {end}])");
        long needed = Elements.ByteLength(shape, type.Value) ?? throw Overflow(name, $"shape [{string.Join(", ", shape)}]");
        if (end - begin != (ulong)needed)
        {
            throw Error(
                SafetensorsRule.TensorInvalidInfo,
                $"{Label(name)}: {type.Value.Name()} [{string.Join(", ", shape)}] needs {needed} bytes, its offsets hold {end - begin}");
        }

        if (end > long.MaxValue) throw Error(SafetensorsRule.InvalidOffset, $"{Label(name)}: its data is past any file (ends at {end})");
        return new(name, type.Value, shape, (long)begin, (long)end);
    }

    private readonly ElementType DType(string name)
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            for (ElementType type = ElementType.Bool; type <= ElementType.U64; type++)
            {
                if (_json.ValueTextEquals(type.Name())) return type;
            }
        }

        string given = Encoding.UTF8.GetString(_json.ValueSpan);
        throw Error(
            SafetensorsRule.UnsupportedDtype,
            SafetensorsTypes.IsKnownButUnsupported(given)
                ? $"{Label(name)}: element type {given} is part of the format but not supported here"
                : $"{Label(name)}: unknown element type \"{Printable.Text(given)}\"");
    }

    private long[] Shape(string name)
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotANumber(name);
        _shape.Clear();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_shape.Count == SafetensorsHeader.MaximumRank)
            {
                throw Error(
                    SafetensorsRule.RankTooLarge, $"{Label(name)}: too many dimensions (more than {SafetensorsHeader.MaximumRank})");
            }

            ulong dimension = Number(name);
            if (dimension > long.MaxValue) throw Overflow(name, $"dimension {dimension}");
            _shape.Add((long)dimension);
        }

        return [.. _shape];
    }

    private (ulong Begin, ulong End) Offsets(string name)
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotAPair(name);
        ulong begin = Offset(ref this, name);
        ulong end = Offset(ref this, name);
        _json.Read();
        return _json.TokenType == JsonTokenType.EndArray ? (begin, end) : throw NotAPair(name);

        static ulong Offset(ref SafetensorsHeaderReader reader, string name)
        {
            reader._json.Read();
            if (reader._json.TokenType is JsonTokenType.EndArray or JsonTokenType.String) throw reader.NotAPair(name);
            return reader.Number(name);
        }
    }

    // JSON has no integers: 2.0, 2e0 and -0 are legal there, and read as integers by some parsers and not by others.
    private readonly ulong Number(string name)
    {
        if (_json.TokenType == JsonTokenType.Number
            && !_json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(_json.ValueSpan, out ulong value, out _))
        {
            return value;
        }

        throw NotANumber(name);
    }

    // Leaves the reader at the value.
    private string Key(HashSet<string> seen)
    {
        string key = _json.GetString()!;
        if (!seen.Add(key)) throw Duplicate(key);
        _json.Read();
        return key;
    }

    // The same for a known key, without a string for it.
    private bool IsKey(ReadOnlySpan<byte> key, bool seen)
    {
        if (!_json.ValueTextEquals(key)) return false;
        if (seen) throw Duplicate(Encoding.UTF8.GetString(key));
        _json.Read();
        return true;
    }

    private static string Label(string name) => $"tensor \"{Printable.Text(name)}\"";

    private static bool StartsWithNonFinite(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r\n:,"u8);
        return rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8);
    }

    private readonly SafetensorsException Overflow(string name, string what) =>
        Error(SafetensorsRule.ValidationOverflow, $"{Label(name)}: its size overflows ({what})");

    private readonly SafetensorsException Duplicate(string key) =>
        Error(SafetensorsRule.DuplicateKey, $"the key \"{Printable.Text(key)}\" occurs twice in one object");

    private readonly SafetensorsException NotANumber(string name) =>
        Error(
            SafetensorsRule.NotUnsignedInteger,
            $"{Label(name)}: expected a plain unsigned number, got {Printable.Text(Encoding.UTF8.GetString(_json.ValueSpan))}");

    private readonly SafetensorsException NotAPair(string name) =>
        Error(SafetensorsRule.InvalidOffset, $"{Label(name)}: data_offsets is not a pair of numbers");

    private readonly SafetensorsException NotAStringMap() =>
        Error(SafetensorsRule.MetadataNotStringMap, $"{SafetensorsHeader.MetadataKey} is not a map from strings to strings");

    private readonly SafetensorsException WrongFields(string name) =>
        Error(SafetensorsRule.TensorInfoShape, $"{Label(name)} is not described by exactly dtype, shape and data_offsets");

    private readonly SafetensorsException Error(SafetensorsRule rule, string what) => new(rule, _file, what);
}
