// Reads the meaning of a safetensors header's JSON, from its opening brace or from one of its keys. Whatever is wrong
// leaves as a SafetensorsException. A tensor is read without allocating: its name becomes a string for messages only.

using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace PureDit.Formats;

internal ref struct SafetensorsHeaderReader
{
    public const int MaximumDepth = 3; // header, tensor, shape
    private readonly string _file;
    private readonly ReadOnlySpan<byte> _text;
    private Dimensions _shape;
    private Utf8JsonReader _json;
    private int _key;

    private SafetensorsHeaderReader(string file, ReadOnlySpan<byte> text, Utf8JsonReader json)
    {
        _file = file;
        _text = text;
        _json = json;
    }

    /// <summary>Whether the key just read is that of the metadata.</summary>
    public bool IsMetadata { get; private set; }

    /// <summary>A reader at the opening brace of a header that has passed <see cref="SafetensorsSyntax"/>.</summary>
    public static SafetensorsHeaderReader OfHeader(string file, ReadOnlySpan<byte> text)
    {
        Utf8JsonReader json = new(text);
        json.Read();
        return new(file, text, json);
    }

    /// <summary>A reader at the value of a key, of a header that has been read before.</summary>
    public static SafetensorsHeaderReader OfValue(string file, ReadOnlySpan<byte> text, int key, out string name)
    {
        Utf8JsonReader json = At(text, key);
        name = json.GetString()!;
        int colon = key + (int)json.BytesConsumed;
        while (text[colon] != ':') colon++;
        json = new Utf8JsonReader(text[(colon + 1)..]);
        json.Read();
        return new(file, text, json) { _key = key };
    }

    public static string NameAt(ReadOnlySpan<byte> text, int key) => At(text, key).GetString()!;

    /// <summary>All keys of the object at whose brace the reader stands.</summary>
    public readonly SafetensorsKeys Keys() => new(_text, _json);

    // The position of the next key of the header, or null at its end; leaves the reader at the value.
    public int? NextKey(SafetensorsKeys seen)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject) return null;
        Require(seen);
        IsMetadata = _json.ValueTextEquals(SafetensorsHeader.MetadataKey);
        if (!IsMetadata) CheckName();
        _json.Read();
        return _key;
    }

    public void Metadata(Dictionary<string, string>? into)
    {
        if (_json.TokenType != JsonTokenType.StartObject) throw NotAStringMap();
        if (into is null)
        {
            SafetensorsKeys keys = new(_text, _json);
            while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
            {
                Require(keys);
                _json.Read();
                if (_json.TokenType != JsonTokenType.String) throw NotAStringMap();
            }

            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            string key = _json.GetString()!;
            _json.Read();
            into.Add(key, _json.GetString()!);
        }
    }

    [UnscopedRef]
    public (long Begin, long End) Tensor(out ElementType elementType, out ReadOnlySpan<long> dimensions)
    {
        if (_json.TokenType != JsonTokenType.StartObject) throw WrongFields();
        ElementType? type = null;
        int? rank = null;
        (ulong Begin, ulong End)? offsets = null;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            if (IsField("dtype"u8, type is not null)) type = DType();
            else if (IsField("shape"u8, rank is not null)) rank = Shape();
            else if (IsField("data_offsets"u8, offsets is not null)) offsets = Offsets();
            else throw WrongFields();
        }

        if (type is null || rank is null || offsets is null) throw WrongFields();
        ReadOnlySpan<long> shape = ((ReadOnlySpan<long>)_shape)[..rank.Value];
        (ulong begin, ulong end) = offsets.Value;
        if (begin > end) throw Error(SafetensorsRule.InvalidOffset, $"{Label()}: its data ends before it begins ([{begin}, {end}])");
        long needed = Elements.ByteLength(shape, type.Value) ?? throw Overflow($"shape [{string.Join(", ", shape.ToArray())}]");
        if (end - begin != (ulong)needed)
        {
            throw Error(
                SafetensorsRule.TensorInvalidInfo,
                $"{Label()}: {type.Value.Name()} [{string.Join(", ", shape.ToArray())}] needs {needed} bytes, its offsets hold {end - begin}");
        }

        if (end > long.MaxValue) throw Error(SafetensorsRule.InvalidOffset, $"{Label()}: its data is past any file (ends at {end})");
        elementType = type.Value;
        dimensions = shape;
        return ((long)begin, (long)end);
    }

    private readonly ElementType DType()
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            for (ElementType type = ElementType.Bool; type <= ElementType.U64; type++)
            {
                if (_json.ValueTextEquals(type.Name())) return type;
            }
        }

        string given = Value();
        throw Error(
            SafetensorsRule.UnsupportedDtype,
            SafetensorsTypes.IsKnownButUnsupported(given)
                ? $"{Label()}: element type {given} is part of the format but not supported here"
                : $"{Label()}: unknown element type \"{given}\"");
    }

    // Returns the rank.
    private int Shape()
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotANumber();
        int rank = 0;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (rank == SafetensorsHeader.MaximumRank)
            {
                throw Error(SafetensorsRule.RankTooLarge, $"{Label()}: too many dimensions (more than {SafetensorsHeader.MaximumRank})");
            }

            ulong dimension = Number();
            if (dimension > long.MaxValue) throw Overflow($"dimension {dimension}");
            _shape[rank++] = (long)dimension;
        }

        return rank;
    }

    private (ulong Begin, ulong End) Offsets()
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw NotAPair();
        ulong begin = Offset(ref this);
        ulong end = Offset(ref this);
        _json.Read();
        return _json.TokenType == JsonTokenType.EndArray ? (begin, end) : throw NotAPair();

        static ulong Offset(ref SafetensorsHeaderReader reader)
        {
            reader._json.Read();
            if (reader._json.TokenType is JsonTokenType.EndArray or JsonTokenType.String) throw reader.NotAPair();
            return reader.Number();
        }
    }

    // JSON has no integers: 2.0, 2e0 and -0 are legal there, and read as integers by some parsers and not by others.
    private readonly ulong Number()
    {
        if (_json.TokenType == JsonTokenType.Number
            && !_json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(_json.ValueSpan, out ulong value, out _))
        {
            return value;
        }

        throw NotANumber();
    }

    // A name may be written in escapes, six bytes for one; in more than that it is too long whatever it says.
    private readonly void CheckName()
    {
        string? fault;
        if (_json.ValueIsEscaped && _json.ValueSpan.Length <= 6 * SafetensorsHeader.MaximumNameLength)
        {
            Span<byte> name = stackalloc byte[6 * SafetensorsHeader.MaximumNameLength];
            fault = SafetensorsName.Fault(name[.._json.CopyString(name)]);
        }
        else
        {
            fault = SafetensorsName.Fault(_json.ValueSpan);
        }

        if (fault is not null) throw Error(SafetensorsRule.TensorName, fault);
    }

    private void Require(SafetensorsKeys unseen)
    {
        _key = (int)_json.TokenStartIndex;
        if (!unseen.Add(_key)) throw Duplicate(_json.GetString()!);
    }

    // Leaves the reader at the value of the field, if it is that one.
    private bool IsField(ReadOnlySpan<byte> key, bool seen)
    {
        if (!_json.ValueTextEquals(key)) return false;
        if (seen) throw Duplicate(Encoding.UTF8.GetString(key));
        _json.Read();
        return true;
    }

    private static Utf8JsonReader At(ReadOnlySpan<byte> text, int key)
    {
        Utf8JsonReader json = new(text[key..]);
        json.Read();
        return json;
    }

    private readonly string Label() => $"tensor \"{Printable.Text(NameAt(_text, _key))}\"";

    private readonly string Value() => Printable.Text(Encoding.UTF8.GetString(_json.ValueSpan));

    private readonly SafetensorsException Overflow(string what) =>
        Error(SafetensorsRule.ValidationOverflow, $"{Label()}: its size overflows ({what})");

    private readonly SafetensorsException Duplicate(string key) =>
        Error(SafetensorsRule.DuplicateKey, $"the key \"{Printable.Text(key)}\" occurs twice in one object");

    private readonly SafetensorsException NotANumber() =>
        Error(SafetensorsRule.NotUnsignedInteger, $"{Label()}: expected a plain unsigned number, got {Value()}");

    private readonly SafetensorsException NotAPair() =>
        Error(SafetensorsRule.InvalidOffset, $"{Label()}: data_offsets is not a pair of numbers");

    private readonly SafetensorsException NotAStringMap() =>
        Error(SafetensorsRule.MetadataNotStringMap, $"{SafetensorsHeader.MetadataKey} is not a map from strings to strings");

    private readonly SafetensorsException WrongFields() =>
        Error(SafetensorsRule.TensorInfoShape, $"{Label()} is not described by exactly dtype, shape and data_offsets");

    private readonly SafetensorsException Error(SafetensorsRule rule, string what) => new(rule, _file, what);

    [InlineArray(SafetensorsHeader.MaximumRank)]
    private struct Dimensions
    {
        private long _first;
    }
}
