// A safetensors file that knows its own SHA-256, so that a flipped bit is found anywhere in it: the format itself has
// no checksum. The digest stands in the metadata as 64 hexadecimal digits and is that of the whole file with zeros in
// the digest's place. Written in one pass: zeros first, then the digits over them; before the file is flushed.

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PureDit.Formats;

/// <summary>Writes and opens safetensors files with a checksum over all of their bytes.</summary>
public static class SealedFile
{
    /// <summary>Key of the digest in the metadata.</summary>
    public const string Key = "puredit.sha256";

    private const int Digits = 2 * SHA256.HashSizeInBytes;
    private static readonly string s_zeros = new('0', Digits);

    /// <summary>Writes a file durably (see <see cref="AtomicFile"/>); no tensor is copied.</summary>
    /// <param name="path">Path of the file; replaced if it exists.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">String pairs for the header, without <see cref="Key"/>.</param>
    /// <param name="files">The disk; null for the real one, on which folders are not flushed.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="ArgumentException">A name is not allowed, the key is taken, or the header would be too large.</exception>
    /// <exception cref="IOException">The file cannot be written; one that was there is untouched.</exception>
    public static long Write(
        string path, IReadOnlyDictionary<string, SafetensorsEntry> tensors, IReadOnlyDictionary<string, string> metadata, IFileOperations? files = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        Dictionary<string, string> pairs = new(metadata);
        if (!pairs.TryAdd(Key, s_zeros)) throw new ArgumentException($"metadata: expected other keys than {Key}.", nameof(metadata));
        SafetensorsWriter writer = new(tensors, pairs);
        AtomicFile.Write(path, stream => Write(writer, stream), writer.Length, files);
        return writer.Length;
    }

    // [doc:sealed-write]
    private static void Write(SafetensorsWriter writer, Stream stream)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        writer.WriteTo(bytes =>
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        });
        stream.Position = SafetensorsHeader.PrefixLength + Place(writer.Header);
        stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
    }
    // [/doc:sealed-write]

    /// <summary>Opens a file for as long as a function takes, after all of its bytes have been checked.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="use">Its tensors must not be used after it has returned.</param>
    /// <param name="files">The disk; null for the real one.</param>
    /// <exception cref="SafetensorsException">The file is not valid, or its bytes are not those that were written.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static T Open<T>(string path, Func<SafetensorsFile, T> use, IFileOperations? files = null)
    {
        using Stream stream = (files ?? DiskFiles.Managed).OpenRead(path);
        SafetensorsFile file = SafetensorsFile.View(stream, path);
        Check(file, stream);
        return use(file);
    }

    private static void Check(SafetensorsFile file, Stream stream)
    {
        if (!file.Metadata.TryGetValue(Key, out string? expected))
        {
            throw new SafetensorsException(SafetensorsRule.Checksum, file.Name, $"no {Key} among its metadata, so nothing shows whether it is whole");
        }

        string actual = Digest(stream);
        if (actual != expected)
        {
            throw new SafetensorsException(SafetensorsRule.Checksum, file.Name, $"damaged: its bytes have the SHA-256 {actual}, it was written with {Printable.Text(expected)}");
        }
    }

    // Of a file whose header is valid and has the key.
    private static string Digest(Stream stream)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        stream.Position = 0;
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        stream.ReadExactly(prefix);
        byte[] header = new byte[(int)BinaryPrimitives.ReadInt64LittleEndian(prefix)];
        stream.ReadExactly(header);
        int place = Place(header);
        if (place >= 0 && place + Digits <= header.Length) header.AsSpan(place, Digits).Fill((byte)'0');
        hash.AppendData(prefix);
        hash.AppendData(header);

        byte[] part = ArrayPool<byte>.Shared.Rent(1 << 16);
        for (int read = stream.Read(part); read > 0; read = stream.Read(part)) hash.AppendData(part, 0, read);
        ArrayPool<byte>.Shared.Return(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Where the digits begin; a header in another form than ours has no such place, and then no digest fits.
    private static int Place(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> before = "\"puredit.sha256\":\""u8;
        int at = header.IndexOf(before);
        return at < 0 ? -1 : at + before.Length;
    }
}
