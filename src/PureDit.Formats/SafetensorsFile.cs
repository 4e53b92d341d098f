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
    private readonly SafetensorsHeader? _header;
    private readonly Func<SafetensorsHeader.Tensor, SafetensorsEntry>? _entry;

    // Several files as one.
    internal SafetensorsFile(
        string name, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafetensorsEntry> tensors) =>
        (Name, Metadata, Tensors) = (name, metadata, tensors);

    private SafetensorsFile(string name, SafetensorsHeader header, Func<SafetensorsHeader.Tensor, SafetensorsEntry> entry) =>
        (Name, _header, _entry) = (name, header, entry);

    /// <summary>The path, or the name given to a stream or to bytes; used in messages.</summary>
    public string Name { get; }

    /// <summary>The header's string pairs; empty where it has none. Made when first asked for.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get => field ??= _header!.Metadata(); }

    /// <summary>Tensors by name. Names are keys only and never paths, whatever they look like. Made when first asked for.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors { get => field ??= Entries(_header!, _entry!); }

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
        return use(View(stream, path));
    }

    /// <summary>Reads from the current position of a stream to its end.</summary>
    /// <param name="stream">A stream with a length.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="maximumBytes">Refuse files with more tensor data than this.</param>
    /// <remarks>Allocates the header and the data once, and less than the header again to check it.</remarks>
    /// <exception cref="SafetensorsException">The content is not valid, or too large, or has no length.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static SafetensorsFile Read(Stream stream, string name = "stream", long maximumBytes = long.MaxValue)
    {
        SafetensorsHeader header = ReadHeader(stream, name);
        long length = stream.Length - stream.Position;
        if (length > maximumBytes)
        {
            throw new SafetensorsException(
                SafetensorsRule.TooManyBytes, name, $"its tensors are too large ({length} bytes, at most {maximumBytes} are allowed)");
        }

        TensorData data = TensorData.Read(header.Places, length, bytes => Fill(stream, bytes, name));
        return new SafetensorsFile(name, header, tensor => new(tensor.DType, tensor.Shape, data[tensor.Begin, tensor.End]));
    }

    /// <summary>Reads from memory; the entries are views of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The whole content of a file.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="SafetensorsException">The content is not valid.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string name = "bytes")
    {
        int headerLength = SafetensorsHeader.CheckLength(
            name, bytes.Span[..Math.Min(bytes.Length, SafetensorsHeader.StartLength)], bytes.Length);
        ReadOnlyMemory<byte> data = bytes[(SafetensorsHeader.PrefixLength + headerLength)..];
        SafetensorsHeader header = SafetensorsHeader.Parse(name, bytes.Slice(SafetensorsHeader.PrefixLength, headerLength), data.Length);
        return new SafetensorsFile(
            name, header, tensor => new(tensor.DType, tensor.Shape, data[(int)tensor.Begin..(int)tensor.End]));
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

    /// <summary>A copy of a tensor in the type it has in the file.</summary>
    /// <typeparam name="T">
    /// bool, an integer of 8 to 64 bits, Half, float or double. .NET has no bfloat16: <see cref="ToFloats"/> reads it, exactly.
    /// </typeparam>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, or it has another type.</exception>
    /// <exception cref="ArgumentException">Files have no such type.</exception>
    public T[] ToArray<T>(string name)
        where T : unmanaged
    {
        SafetensorsEntry entry = Entry(name);
        ElementType type = Elements.TypeOf<T>();
        if (entry.DType != type) throw WrongType(name, entry, type.Name());
        T[] values = new T[entry.Count];
        Elements.Copy(entry.Bytes, values.AsSpan());
        return values;
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

    internal static FileStream OpenFile(string path) => InputFile.Open(path, what => new SafetensorsException(
        what == InputFile.Folder ? SafetensorsRule.NotARegularFile : SafetensorsRule.HeaderTooSmall, path, what));

    // A file whose tensors are read from the stream, which stays the caller's, when they are asked for.
    internal static SafetensorsFile View(Stream stream, string path)
    {
        SafetensorsHeader header = ReadHeader(stream, path);
        long data = stream.Position;
        return new SafetensorsFile(path, header, tensor => new(
            tensor.DType, tensor.Shape, tensor.End - tensor.Begin, (position, bytes) =>
            {
                stream.Position = data + tensor.Begin + position;
                Fill(stream, bytes, path);
            }));
    }

    /// <summary>Reads the header and leaves the stream where the data begin.</summary>
    private static SafetensorsHeader ReadHeader(Stream stream, string name)
    {
        if (!stream.CanSeek) throw new SafetensorsException(SafetensorsRule.NotARegularFile, name, InputFile.Unseekable);
        long begin = stream.Position, length = stream.Length - begin;
        Span<byte> start = stackalloc byte[SafetensorsHeader.StartLength];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        int headerLength = SafetensorsHeader.CheckLength(name, start[..read], length);
        stream.Position = begin + SafetensorsHeader.PrefixLength;
        byte[] json = GC.AllocateUninitializedArray<byte>(headerLength);
        Fill(stream, json, name);
        SafetensorsHeader header = SafetensorsHeader.Parse(name, json, length - SafetensorsHeader.PrefixLength - headerLength);
        CheckSizes(name, header);
        return header;
    }

    private static Dictionary<string, SafetensorsEntry> Entries(
        SafetensorsHeader header, Func<SafetensorsHeader.Tensor, SafetensorsEntry> entry)
    {
        Dictionary<string, SafetensorsEntry> entries = new(header.Places.Count, StringComparer.Ordinal);
        foreach (SafetensorsHeader.Place place in header.Places)
        {
            SafetensorsHeader.Tensor tensor = header.TensorAt(place);
            entries.Add(tensor.Name, entry(tensor));
        }

        return entries;
    }

    private static void CheckSizes(string name, SafetensorsHeader header)
    {
        foreach (SafetensorsHeader.Place place in header.Places)
        {
            if (place.End - place.Begin <= Array.MaxLength) continue;
            throw new SafetensorsException(
                SafetensorsRule.TooManyBytes,
                name,
                $"tensor \"{Printable.Text(header.NameAt(place))}\" is too large for an array ({place.End - place.Begin} bytes, at most {Array.MaxLength})");
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
