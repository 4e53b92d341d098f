// One array in NumPy's .npy format, readable without running any code: see NpyHeader for the layout.
// Reads little-endian floating-point numbers, integers and truth values in row-major order, and writes float32.
// Not done: .npz archives, Python objects (pickles), records, column-major and big-endian arrays.

using System.Runtime.InteropServices;

namespace PureDit.Formats;

/// <summary>A NumPy array in memory.</summary>
public sealed class NpyFile
{
    private readonly long[] _shape;
    private readonly ReadOnlyMemory<byte> _bytes;

    private NpyFile(string name, NpyHeader header, ReadOnlyMemory<byte> bytes) =>
        (Name, DType, _shape, _bytes) = (name, header.Type, header.Shape, bytes);

    /// <summary>The path, or the name given to a stream; used in messages.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ElementType DType { get; }

    /// <summary>Dimensions, at most 32; empty for a single value.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Number of elements: the product of the dimensions.</summary>
    public long Count => _bytes.Length / DType.Size();

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="NpyException">The file is not valid, not supported or not a file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NpyFile Read(string path)
    {
        if (Directory.Exists(path)) throw new NpyException(path, "this is a folder; name a file");
        FileStreamOptions options = new() { Options = FileOptions.SequentialScan };
        using FileStream stream = new(path, options);
        return Read(stream, path);
    }

    /// <summary>Reads from the current position of a stream to its end.</summary>
    /// <param name="stream">A stream with a length.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="NpyException">The content is not valid or not supported, or the stream has no length.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static NpyFile Read(Stream stream, string name = "stream")
    {
        if (!stream.CanSeek) throw new NpyException(name, "its length is unknown, as for a pipe; name a file");
        NpyHeader header = NpyHeader.Read(stream, name, stream.Length - stream.Position);
        long left = stream.Length - stream.Position;
        if (header.ByteLength != left)
        {
            throw new NpyException(
                name, $"the file is too {(left < header.ByteLength ? "short" : "long")} for its array ({left} bytes of data, it has {header.ByteLength})");
        }

        if (left > Array.MaxLength) throw new NpyException(name, $"the array is too large ({left} bytes, at most {Array.MaxLength})");
        byte[] bytes = new byte[left];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read == left) return new NpyFile(name, header, bytes);
        throw new NpyException(name, $"the file shrank while it was read ({left - read} bytes are missing)");
    }

    /// <summary>Writes a float32 array atomically (see <see cref="AtomicFile"/>), with the bytes that NumPy writes.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="values">Row-major values.</param>
    /// <param name="shape">Dimensions, at most 32; their product is the number of values.</param>
    /// <exception cref="ArgumentException">Values and shape disagree.</exception>
    /// <exception cref="IOException">The file cannot be written; a file that was there is untouched.</exception>
    public static void Write(string path, ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape)
    {
        if (shape.Length > NpyHeader.MaximumRank || Elements.ByteLength(shape, ElementType.F32) != values.Length * 4L)
        {
            throw new ArgumentException(
                $"shape: expected at most {NpyHeader.MaximumRank} dimensions with the product {values.Length}, "
                + $"got [{string.Join(", ", shape.ToArray())}].",
                nameof(shape));
        }

        byte[] header = NpyHeader.Write(shape);
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                stream.Write(MemoryMarshal.AsBytes(values.Span));
            },
            header.Length + (values.Length * 4L));
    }

    /// <summary>A copy as float32; float64 is rounded to nearest, float16 is exact.</summary>
    /// <exception cref="NpyException">The array does not hold floating-point numbers.</exception>
    public float[] ToFloats()
    {
        float[] values = new float[Count];
        return Elements.ToFloats(_bytes.Span, DType, values) ? values : throw WrongType("floating-point numbers");
    }

    /// <summary>A copy as float64, exact.</summary>
    /// <exception cref="NpyException">The array does not hold floating-point numbers.</exception>
    public double[] ToDoubles()
    {
        double[] values = new double[Count];
        return Elements.ToDoubles(_bytes.Span, DType, values) ? values : throw WrongType("floating-point numbers");
    }

    /// <summary>A copy of integers or truth values (0 and 1) as signed 64-bit integers.</summary>
    /// <exception cref="NpyException">The array holds floating-point numbers.</exception>
    public long[] ToInt64s()
    {
        long[] values = new long[Count];
        return Elements.ToInt64s(_bytes.Span, DType, values) ? values : throw WrongType("integers");
    }

    private NpyException WrongType(string wanted) => new(Name, $"the array holds {DType}, not {wanted}");
}
