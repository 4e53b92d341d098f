// Safetensors: named tensors in one file, readable without running any code.
//
//   8 bytes N, little-endian | N bytes of UTF-8 JSON, padded with spaces | tensor data
//   {"__metadata__":{"key":"value"},"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, …}
//
// Format: https://github.com/huggingface/safetensors. The reader takes the strict side of every question the format
// leaves open (see SafetensorsHeader), allocates for data only what the file is known to hold, and never maps it into
// memory: a mapped file that shrinks ends the process. The writer's bytes depend on its arguments only.

namespace PureDit.Formats;

/// <summary>A safetensors file, in memory or open: tensors and metadata by name.</summary>
public sealed class SafetensorsFile
{
    private SafetensorsFile(
        string file, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafetensorsEntry> tensors) =>
        (Name, Metadata, Tensors) = (file, metadata, tensors);

    /// <summary>The path, or the name given to a stream or to bytes; used in messages.</summary>
    public string Name { get; }

    /// <summary>The header's string pairs; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Tensors by name. Names are keys only and never paths, whatever they look like.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="maximumBytes">Refuse files with more tensor data than this.</param>
    /// <exception cref="SafetensorsException">The file is not valid, not a file, or too large.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Read(string path, long maximumBytes = long.MaxValue)
    {
        using FileStream stream = OpenFile(path);
        return Read(stream, path, maximumBytes);
    }

    /// <summary>Opens a file for as long as a function takes: it sees the header, and reads what it asks for, no more.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="use">Its tensors must not be used after it has returned.</param>
    /// <returns>What <paramref name="use"/> returns.</returns>
    /// <exception cref="SafetensorsException">The file is not valid, or not a file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static T Open<T>(string path, Func<SafetensorsFile, T> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        using FileStream stream = OpenFile(path);
        return OpenStream(stream, path, use);
    }

    // The stream stays the caller's.
    internal static T OpenStream<T>(Stream stream, string name, Func<SafetensorsFile, T> use)
    {
        SafetensorsHeader header = ReadHeader(stream, name, long.MaxValue);
        long data = stream.Position;
        return use(new SafetensorsFile(name, header.Metadata, Entries(header, tensor => new(
            tensor.DType, tensor.Shape, tensor.End - tensor.Begin, (position, bytes) =>
            {
                stream.Position = data + tensor.Begin + position;
                Fill(stream, bytes, name);
            }))));
    }

    /// <summary>Reads from the current position of a stream to its end.</summary>
    /// <param name="stream">A stream with a length.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maximumBytes">Refuse files with more tensor data than this.</param>
    /// <exception cref="SafetensorsException">The content is not valid, or too large, or has no length.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static SafetensorsFile Read(Stream stream, string name = "stream", long maximumBytes = long.MaxValue)
    {
        SafetensorsHeader header = ReadHeader(stream, name, maximumBytes);
        return new SafetensorsFile(name, header.Metadata, Entries(header, tensor =>
        {
            byte[] bytes = new byte[tensor.End - tensor.Begin];
            Fill(stream, bytes, name);
            return new(tensor.DType, tensor.Shape, bytes);
        }));
    }

    /// <summary>Reads from memory; the entries are views of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The whole content of a file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="SafetensorsException">The content is not valid.</exception>
    public static SafetensorsFile Read(byte[] bytes, string name = "bytes")
    {
        int headerLength = SafetensorsHeader.CheckLength(name, bytes.AsSpan(0, Math.Min(bytes.Length, 8)), bytes.Length);
        int start = SafetensorsHeader.PrefixLength + headerLength;
        SafetensorsHeader header = SafetensorsHeader.Parse(
            name, bytes.AsSpan(SafetensorsHeader.PrefixLength, headerLength), bytes.Length - start);
        return new SafetensorsFile(name, header.Metadata, Entries(
            header, tensor => new(tensor.DType, tensor.Shape, bytes.AsMemory(start + (int)tensor.Begin, (int)(tensor.End - tensor.Begin)))));
    }

    /// <summary>Writes a file atomically: the old content or the new, never a part (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="tensors">Tensors by name; a name has 1 to 1024 bytes in UTF-8 and no control characters.</param>
    /// <param name="metadata">String pairs for the header, or null.</param>
    /// <exception cref="ArgumentException">A name is not allowed, or the header would be too large.</exception>
    /// <exception cref="IOException">The file cannot be written; a file that was there is untouched.</exception>
    public static void Write(
        string path,
        IReadOnlyDictionary<string, SafetensorsEntry> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsWriter writer = new(tensors, metadata);
        AtomicFile.Write(path, writer.WriteTo, writer.Length);
    }

    /// <summary>Writes the bytes of a file to a stream. They depend on the arguments only, not on the order of the tensors.</summary>
    /// <inheritdoc cref="Write(string, IReadOnlyDictionary{string, SafetensorsEntry}, IReadOnlyDictionary{string, string}?)"/>
    public static void Write(
        Stream stream,
        IReadOnlyDictionary<string, SafetensorsEntry> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        new SafetensorsWriter(tensors, metadata).WriteTo(stream);

    /// <summary>A copy of a tensor as float32; float64 is rounded to nearest, float16 and bfloat16 are exact.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    public float[] ToFloats(string name)
    {
        SafetensorsEntry entry = Entry(name);
        float[] values = new float[entry.Count];
        if (!entry.CopyTo(values)) throw WrongType(name, entry, "floating-point numbers");
        return values;
    }

    /// <summary>Copies a tensor as float32 into memory of the caller.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="destination">Receives the values, row-major; as long as the tensor has elements.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void CopyTo(string name, Span<float> destination)
    {
        SafetensorsEntry entry = Entry(name);
        if (entry.Count != destination.Length)
        {
            throw new ArgumentException(
                $"destination: tensor \"{Printable.Text(name)}\" has {entry.Count} elements, got room for {destination.Length}.",
                nameof(destination));
        }

        if (!entry.CopyTo(destination)) throw WrongType(name, entry, "floating-point numbers");
    }

    /// <summary>A copy of a tensor as float64; exact for every floating-point type.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    public double[] ToDoubles(string name)
    {
        SafetensorsEntry entry = Entry(name);
        double[] values = new double[entry.Count];
        if (!Elements.ToDoubles(entry.Bytes, entry.DType, values)) throw WrongType(name, entry, "floating-point numbers");
        return values;
    }

    /// <summary>A copy of a tensor of integers or truth values (0 and 1) as signed 64-bit integers.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, it holds floating-point numbers, or a value does not fit.</exception>
    public long[] ToInt64s(string name)
    {
        SafetensorsEntry entry = Entry(name);
        long[] values = new long[entry.Count];
        if (!Elements.ToInt64s(entry.Bytes, entry.DType, values)) throw WrongType(name, entry, "integers");
        int wrapped = entry.DType == ElementType.U64 ? Array.FindIndex(values, x => x < 0) : -1;
        if (wrapped < 0) return values;
        throw new SafetensorsException(
            SafetensorsRule.ValueOutOfRange,
            Name,
            $"tensor \"{Printable.Text(name)}\": element {wrapped} does not fit in 64 signed bits ({unchecked((ulong)values[wrapped])})");
    }

    private SafetensorsEntry Entry(string name) =>
        Tensors.TryGetValue(name, out SafetensorsEntry? entry)
            ? entry
            : throw new SafetensorsException(
                SafetensorsRule.TensorNotFound, Name, $"no tensor \"{Printable.Text(name)}\" among its {Tensors.Count}");

    private SafetensorsException WrongType(string name, SafetensorsEntry entry, string wanted) =>
        new(SafetensorsRule.WrongDtype, Name, $"tensor \"{Printable.Text(name)}\" holds {entry.DType.Name()}, not {wanted}");

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new SafetensorsException(SafetensorsRule.NotARegularFile, path, "this is a folder; name a file");
        }

        return new(path, new FileStreamOptions { BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
    }

    /// <summary>Reads the header and leaves the stream where the data begin.</summary>
    private static SafetensorsHeader ReadHeader(Stream stream, string name, long maximumBytes)
    {
        if (!stream.CanSeek)
        {
            throw new SafetensorsException(SafetensorsRule.NotARegularFile, name, "its length is unknown, as for a pipe; name a file");
        }

        long length = stream.Length - stream.Position;
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        int read = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        int headerLength = SafetensorsHeader.CheckLength(name, prefix[..read], length);
        byte[] headerBytes = new byte[headerLength];
        Fill(stream, headerBytes, name);
        SafetensorsHeader header = SafetensorsHeader.Parse(name, headerBytes, length - prefix.Length - headerLength);
        CheckSizes(name, header, maximumBytes);
        return header;
    }

    private static Dictionary<string, SafetensorsEntry> Entries(
        SafetensorsHeader header, Func<SafetensorsHeader.Tensor, SafetensorsEntry> entry)
    {
        Dictionary<string, SafetensorsEntry> entries = new(header.Tensors.Count, StringComparer.Ordinal);
        foreach (SafetensorsHeader.Tensor tensor in header.Tensors)
        {
            entries.Add(tensor.Name, entry(tensor));
        }

        return entries;
    }

    private static void CheckSizes(string name, SafetensorsHeader header, long maximumBytes)
    {
        foreach (SafetensorsHeader.Tensor tensor in header.Tensors)
        {
            if (tensor.End - tensor.Begin > Array.MaxLength || tensor.End > maximumBytes)
            {
                throw new SafetensorsException(
                    SafetensorsRule.TooManyBytes,
                    name,
                    $"tensor \"{Printable.Text(tensor.Name)}\" is too large ({tensor.End - tensor.Begin} bytes ending at {tensor.End}; "
                    + $"at most {Array.MaxLength} for one, {maximumBytes} for all)");
            }
        }
    }

    // The length was known before: running out means that the file shrank meanwhile.
    private static void Fill(Stream stream, Span<byte> bytes, string name)
    {
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read == bytes.Length) return;
        throw new SafetensorsException(
            SafetensorsRule.MetadataIncompleteBuffer, name, $"the file shrank while it was read ({bytes.Length - read} bytes are missing)");
    }
}
