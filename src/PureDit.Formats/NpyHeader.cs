// The header of a NumPy array file:  0x93 'NUMPY' | major | minor | length (2 bytes in version 1, else 4) | text
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   padded with spaces, ended by a line feed
//
// Source: numpy.lib.format, versions 1.0, 2.0 and 3.0. NumPy evaluates the text as a Python literal; here a scanner
// accepts the three keys in any order and nothing else, because everything else is a mistake or an attack.

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PureDit.Formats;

internal sealed record NpyHeader(ElementType Type, long[] Shape, long ByteLength)
{
    public const int MaximumRank = 32;
    private const int MaximumLength = 10_000; // NumPy's own limit
    private const int Alignment = 64;
    private const int GrowthDigits = 21; // NumPy leaves room for the first dimension to grow in place

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    // Reads magic, version, length and text, and leaves the stream at the data.
    public static NpyHeader Read(Stream stream, string file, long length)
    {
        Span<byte> start = stackalloc byte[SafetensorsHeader.StartLength];
        long begin = stream.Position;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        string? foreign = start.StartsWith(Magic) ? null : ForeignFile.Describe(start) ?? "this is not a NumPy .npy file";
        start = start[..Math.Min(start.Length, Magic.Length + 2)];
        if (foreign is not null) throw new NpyException(file, $"{foreign} ({length} bytes, beginning with {Convert.ToHexString(start)})");
        stream.Position = begin + start.Length;

        if (start.Length < Magic.Length + 2) throw new NpyException(file, $"the file ends in its header ({length} bytes)");
        if ((start[^2], start[^1]) is not ((1 or 2 or 3), 0))
        {
            throw new NpyException(file, $"unknown version of the .npy format ({start[^2]}.{start[^1]}; known are 1.0, 2.0 and 3.0)");
        }

        Span<byte> size = stackalloc byte[start[^2] == 1 ? 2 : 4];
        int read = stream.ReadAtLeast(size, size.Length, throwOnEndOfStream: false);
        long left = length - start.Length - size.Length;
        if (read < size.Length) throw new NpyException(file, $"the file ends in its header ({length} bytes)");
        uint textLength = size.Length == 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(size)
            : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (textLength > left)
        {
            throw new NpyException(file, $"the header is longer than the file ({textLength} bytes, {left} are left)");
        }

        if (textLength > MaximumLength)
        {
            throw new NpyException(file, $"the header is too large ({textLength} bytes, at most {MaximumLength})");
        }

        byte[] text = new byte[textLength];
        stream.ReadExactly(text);
        return new NpyHeaderScanner(file, text).Header();
    }

    // Everything before the data, byte for byte what NumPy writes.
    public static byte[] Write(ElementType type, ReadOnlySpan<long> shape)
    {
        StringBuilder text = new($"{{'descr': '{NpyType.Descr(type)}', 'fortran_order': False, 'shape': (");
        for (int i = 0; i < shape.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}{shape[i]}");
        }

        text.Append(shape.Length == 1 ? ",), }" : "), }");
        if (shape.Length > 0) text.Append(' ', GrowthDigits - shape[0].ToString(CultureInfo.InvariantCulture).Length);
        int before = Magic.Length + 2 + sizeof(ushort);
        text.Append(' ', Alignment - ((before + text.Length + 1) % Alignment)).Append('\n');

        byte[] bytes = new byte[before + text.Length];
        Magic.CopyTo(bytes);
        bytes[Magic.Length] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(Magic.Length + 2), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text.ToString(), bytes.AsSpan(before));
        return bytes;
    }
}
