// One array in NumPy's .npy format, readable without running any code: see NpyHeader for the layout.
// Reads and writes little-endian floating-point numbers, integers and truth values in row-major order.
// Not done: .npz archives, Python objects (pickles), records, column-major and big-endian arrays.

using System.Runtime.InteropServices;

namespace PureDit.Formats;

/// <summary>A NumPy array in memory.</summary>
public sealed class NpyFile
{
    private readonly long[] _shape;
    private readonly ByteSource _bytes;

    private NpyFile(string name, ElementType type, long[] shape, long byteLength, ByteSource bytes) =>
        (Name, DType, _shape, Count, _bytes) = (name, type, shape, byteLength / type.Size(), bytes);

    /// <summary>The path, or the name given to a stream; "array" where there is none. Used in messages.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ElementType DType { get; }

    /// <summary>Dimensions, at most 32; empty for a single value.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements: the product of the dimensions.</summary>
    public long Count { get; }

    /// <summary>An array of one's own, to write.</summary>
    /// <typeparam name="T">bool, an integer of 8 to 64 bits, Half, float or double.</typeparam>
    /// <param name="values">Row-major values; not copied.</param>
    /// <param name="shape">Dimensions, at most 32; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree, or .npy files have no such type.</exception>
    public static NpyFile Of<T>(ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ElementType type = Elements.TypeOf<T>();
        long length = (long)values.Length * type.Size();
        if (shape.Length > NpyHeader.MaximumRank || Elements.ByteLength(shape, type) != length)
        {
            throw new ArgumentException(
                $"shape: expected at most {NpyHeader.MaximumRank} dimensions with the product {values.Length}, "
                + $"got [{string.Join(", ", shape.ToArray())}].",
                nameof(shape));
        }

        return new("array", type, shape.ToArray(), length, () => MemoryMarshal.AsBytes(values.Span));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="maximumBytes">Refuse files with more data than this.</param>
    /// <exception cref="NpyException">The file is not valid, not supported, too large or not a file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NpyFile Read(string path, long maximumBytes = long.MaxValue)
    {
        using FileStream stream = InputFile.Open(path, what => new NpyException(path, what));
        return Read(stream, path, maximumBytes);
    }

    /// <summary>Reads from the current position of a stream to its end.</summary>
    /// <param name="stream">A stream with a length.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maximumBytes">Refuse arrays with more data than this.</param>
    /// <remarks>Allocates the data once, and at most 10,000 bytes for the header.</remarks>
    /// <exception cref="NpyException">The content is not valid, not supported or too large, or the stream has no length.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static NpyFile Read(Stream stream, string name = "stream", long maximumBytes = long.MaxValue)
    {
        if (!stream.CanSeek) throw new NpyException(name, InputFile.Unseekable);
        NpyHeader header = NpyHeader.Read(stream, name, stream.Length - stream.Position);
        long left = stream.Length - stream.Position;
        if (header.ByteLength != left)
        {
            throw new NpyException(
                name, $"the file is too {(left < header.ByteLength ? "short" : "long")} for its array ({left} bytes of data, it has {header.ByteLength})");
        }

        long most = Math.Min(maximumBytes, Array.MaxLength);
        if (left > most) throw new NpyException(name, $"the array is too large ({left} bytes, at most {most})");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)left);
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read == left) return new NpyFile(name, header.Type, header.Shape, left, () => bytes);
        throw new NpyException(name, $"the file shrank while it was read ({left - read} bytes are missing)");
    }

    /// <summary>Writes a float32 array atomically (see <see cref="AtomicFile"/>), with the bytes that NumPy writes.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="values">Row-major values.</param>
    /// <param name="shape">Dimensions, at most 32; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree.</exception>
    /// <exception cref="IOException">The file cannot be written; a file that was there is untouched.</exception>
    public static void Write(string path, ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape) => Of(values, shape).Save(path);

    /// <summary>Writes a file atomically (see <see cref="AtomicFile"/>), with the bytes that NumPy writes.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <exception cref="IOException">The file cannot be written; a file that was there is untouched.</exception>
    public void Save(string path) => AtomicFile.Write(path, WriteTo, NpyHeader.Write(DType, Shape).Length + (Count * DType.Size()));

    /// <summary>Writes the bytes of a file to a stream.</summary>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public void WriteTo(Stream stream)
    {
        stream.Write(NpyHeader.Write(DType, Shape));
        stream.Write(_bytes());
    }

    /// <summary>A copy in the type that the file has.</summary>
    /// <typeparam name="T">bool, an integer of 8 to 64 bits, Half, float or double.</typeparam>
    /// <exception cref="NpyException">The array has another type.</exception>
    /// <exception cref="ArgumentException">Files have no such type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        ElementType type = Elements.TypeOf<T>();
        if (type != DType) throw WrongType($"{type}");
        T[] values = new T[Count];
        Elements.Copy(_bytes(), values.AsSpan());
        return values;
    }

    /// <summary>A copy as float32; float64 is rounded to nearest, float16 is exact.</summary>
    /// <exception cref="NpyException">The array does not hold floating-point numbers.</exception>
    public float[] ToFloats()
    {
        float[] values = new float[Count];
        return Elements.ToFloats(_bytes(), DType, values) ? values : throw WrongType("floating-point numbers");
    }

    /// <summary>A copy as float64, exact.</summary>
    /// <exception cref="NpyException">The array does not hold floating-point numbers.</exception>
    public double[] ToDoubles()
    {
        double[] values = new double[Count];
        return Elements.ToDoubles(_bytes(), DType, values) ? values : throw WrongType("floating-point numbers");
    }

    /// <summary>A copy of integers or truth values (0 and 1) as signed 64-bit integers.</summary>
    /// <exception cref="NpyException">The array holds floating-point numbers, or a value does not fit.</exception>
    public long[] ToInt64s()
    {
        long[] values = new long[Count];
        if (!Elements.ToInt64s(_bytes(), DType, values)) throw WrongType("integers");
        int wrapped = DType == ElementType.U64 ? Array.FindIndex(values, x => x < 0) : -1;
        return wrapped < 0
            ? values
            : throw new NpyException(Name, $"element {wrapped} does not fit in 64 signed bits ({unchecked((ulong)values[wrapped])})");
    }

    private NpyException WrongType(string wanted) => new(Name, $"the array holds {DType}, not {wanted}");
}
