// One tensor of a safetensors file: element type, shape, and bytes in row-major order, little-endian.
// The same type is read from files and handed to the writer. Nothing is copied: an entry is a view of memory or a
// stretch of an open file, and a source is asked for its values only when they are written.

using System.Runtime.InteropServices;

namespace PureDit.Formats;

/// <summary>Gives a tensor's values at the moment they are written.</summary>
/// <returns>The values in row-major order; as many as the shape has.</returns>
public delegate ReadOnlySpan<float> FloatSource();

/// <summary>A tensor in a safetensors file, without its name.</summary>
public sealed class SafetensorsEntry
{
    private readonly long[] _shape;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly ByteSource? _source;
    private readonly ByteReader? _reader;

    // Shape and length were checked by the header reader.
    internal SafetensorsEntry(ElementType type, long[] shape, ReadOnlyMemory<byte> bytes) =>
        (DType, _shape, _bytes, ByteLength) = (type, shape, bytes, bytes.Length);

    internal SafetensorsEntry(ElementType type, long[] shape, long length, ByteReader reader) =>
        (DType, _shape, ByteLength, _reader) = (type, shape, length, reader);

    private SafetensorsEntry(ElementType type, ReadOnlySpan<long> shape, ByteSource source)
    {
        DType = type;
        _shape = shape.ToArray();
        _source = source;
        ByteLength = shape.Length <= SafetensorsHeader.MaximumRank && Elements.ByteLength(shape, type) is { } length
            ? length
            : throw new ArgumentException(
                $"shape: expected at most {SafetensorsHeader.MaximumRank} dimensions of 0 or more, with a product that fits in 63 bits; "
                + $"got [{string.Join(", ", _shape)}].",
                nameof(shape));
    }

    /// <summary>Fills bytes from a position within the tensor.</summary>
    internal delegate void ByteReader(long position, Span<byte> bytes);

    /// <summary>Element type.</summary>
    public ElementType DType { get; }

    /// <summary>Dimensions, at most 16; empty for a single value.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements: the product of the dimensions.</summary>
    public long Count => ByteLength / DType.Size();

    /// <summary>The values as they stand in the file; not necessarily aligned to the element size.</summary>
    /// <remarks>Of an open file (<see cref="SafetensorsFile.Open"/>) they are read for every call.</remarks>
    /// <exception cref="InvalidOperationException">A source gives another number of values than the shape has.</exception>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            if (_reader is not null) return ReadAll(_reader);
            if (_source is null) return _bytes.Span;
            ReadOnlySpan<byte> bytes = _source();
            if (bytes.Length == ByteLength) return bytes;
            throw new InvalidOperationException(
                $"{DType.Name()} [{string.Join(", ", _shape)}] needs {ByteLength} bytes; its source gives {bytes.Length}.");
        }
    }

    /// <summary>Bytes of all elements together.</summary>
    public long ByteLength { get; }

    /// <summary>A tensor of float32 values.</summary>
    /// <param name="values">Row-major values; not copied.</param>
    /// <param name="shape">Dimensions; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree.</exception>
    public static SafetensorsEntry FromFloats(ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape) =>
        From(values, shape);

    /// <summary>A tensor of float32 values that is asked for its values when it is written.</summary>
    /// <param name="source">Gives the values, row-major.</param>
    /// <param name="shape">Dimensions.</param>
    /// <exception cref="ArgumentException">The shape is not one.</exception>
    public static SafetensorsEntry FromFloats(FloatSource source, params ReadOnlySpan<long> shape) =>
        new(ElementType.F32, shape, () => MemoryMarshal.AsBytes(source()));

    /// <summary>A tensor of floating-point numbers of another type, rounded to nearest, ties to even.</summary>
    /// <param name="type">F64, F32, F16 or BF16.</param>
    /// <param name="values">Row-major values; converted at once.</param>
    /// <param name="shape">Dimensions; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree, or the type holds no floating-point numbers.</exception>
    public static SafetensorsEntry FromFloats(ElementType type, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        if (type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16)
        {
            return FromBytes(type, Elements.Rounded(values, type), shape);
        }

        throw new ArgumentException($"type: expected F64, F32, F16 or BF16, got {type}.", nameof(type));
    }

    /// <summary>A tensor of the type that holds exactly the values of <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">bool, an integer of 8 to 64 bits, Half, float or double.</typeparam>
    /// <param name="values">Row-major values; not copied.</param>
    /// <param name="shape">Dimensions; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree, or there is no such type.</exception>
    public static SafetensorsEntry From<T>(ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        SafetensorsEntry entry = new(Elements.TypeOf<T>(), shape, () => MemoryMarshal.AsBytes(values.Span));
        entry.RequireBytes((long)values.Length * entry.DType.Size(), nameof(values));
        return entry;
    }

    /// <summary>A tensor of float64 values.</summary>
    /// <param name="values">Row-major values; not copied.</param>
    /// <param name="shape">Dimensions; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree.</exception>
    public static SafetensorsEntry FromDoubles(ReadOnlyMemory<double> values, params ReadOnlySpan<long> shape) =>
        From(values, shape);

    /// <summary>A tensor of signed 64-bit integers.</summary>
    /// <param name="values">Row-major values; not copied.</param>
    /// <param name="shape">Dimensions; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree.</exception>
    public static SafetensorsEntry FromInt64s(ReadOnlyMemory<long> values, params ReadOnlySpan<long> shape) =>
        From(values, shape);

    /// <summary>A tensor of any type from its bytes.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="bytes">Row-major little-endian values; not copied.</param>
    /// <param name="shape">Dimensions; their product times the element size is the number of bytes.</param>
    /// <exception cref="ArgumentException">Bytes and shape disagree.</exception>
    public static SafetensorsEntry FromBytes(
        ElementType type, ReadOnlyMemory<byte> bytes, params ReadOnlySpan<long> shape)
    {
        if (!Enum.IsDefined(type)) throw new ArgumentOutOfRangeException(nameof(type), type, "type: not a ElementType.");
        SafetensorsEntry entry = new(type, shape, () => bytes.Span);
        entry.RequireBytes(bytes.Length, nameof(bytes));
        return entry;
    }

    /// <summary>Writes the values as float32, if they are floating-point numbers; from an open file, without a copy of the tensor.</summary>
    internal bool CopyTo(Span<float> values)
    {
        if (_reader is null) return Elements.ToFloats(Bytes, DType, values);
        if (!Elements.ToFloats([], DType, [])) return false;
        if (DType == ElementType.F32 && BitConverter.IsLittleEndian)
        {
            _reader(0, MemoryMarshal.AsBytes(values));
            return true;
        }

        Span<byte> part = stackalloc byte[1 << 14];
        int size = DType.Size(), most = part.Length / size;
        for (int i = 0; i < values.Length; i += most)
        {
            int count = Math.Min(most, values.Length - i);
            _reader((long)i * size, part[..(count * size)]);
            Elements.ToFloats(part[..(count * size)], DType, values.Slice(i, count));
        }

        return true;
    }

    private byte[] ReadAll(ByteReader reader)
    {
        byte[] bytes = new byte[ByteLength];
        reader(0, bytes);
        return bytes;
    }

    private void RequireBytes(long given, string name)
    {
        if (given == ByteLength) return;
        throw new ArgumentException(
            $"{name}: {DType.Name()} [{string.Join(", ", _shape)}] needs {ByteLength} bytes, got {given}.", name);
    }
}
