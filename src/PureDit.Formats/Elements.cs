// Bytes of a file as numbers. They may start at any address, so they are copied or read one by one and never
// reinterpreted in place. Each conversion says whether the type has one; the caller knows which file to blame.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PureDit.Formats;

// Gives the bytes of values at the moment they are needed.
internal delegate ReadOnlySpan<byte> ByteSource();

internal static class Elements
{
    // The type of the file that holds exactly the values of T; bfloat16 has no type in .NET.
    public static ElementType TypeOf<T>()
        where T : unmanaged =>
        typeof(T) == typeof(bool) ? ElementType.Bool
        : typeof(T) == typeof(byte) ? ElementType.U8
        : typeof(T) == typeof(sbyte) ? ElementType.I8
        : typeof(T) == typeof(short) ? ElementType.I16
        : typeof(T) == typeof(ushort) ? ElementType.U16
        : typeof(T) == typeof(Half) ? ElementType.F16
        : typeof(T) == typeof(int) ? ElementType.I32
        : typeof(T) == typeof(uint) ? ElementType.U32
        : typeof(T) == typeof(float) ? ElementType.F32
        : typeof(T) == typeof(double) ? ElementType.F64
        : typeof(T) == typeof(long) ? ElementType.I64
        : typeof(T) == typeof(ulong) ? ElementType.U64
        : throw new ArgumentException(
            $"T: expected bool, an integer of 8 to 64 bits, Half, float or double, got {typeof(T).Name}.");

    public static int Size(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.U8 or ElementType.I8 => 1,
        ElementType.I16 or ElementType.U16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.I32 or ElementType.U32 or ElementType.F32 => 4,
        _ => 8,
    };

    // Of a row-major array; nothing if a dimension is negative or the product does not fit.
    public static long? ByteLength(ReadOnlySpan<long> shape, ElementType type)
    {
        long length = type.Size();
        bool empty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || (dimension > 0 && length > long.MaxValue / dimension)) return null;
            if (dimension == 0) empty = true;
            else length *= dimension;
        }

        return empty ? 0 : length;
    }

    // Of the same type. A truth value may be any byte in a file, and only 0 or 1 in memory.
    public static void Copy<T>(ReadOnlySpan<byte> bytes, Span<T> values)
        where T : unmanaged
    {
        Span<byte> raw = MemoryMarshal.AsBytes(values);
        if (typeof(T) == typeof(bool))
        {
            for (int i = 0; i < raw.Length; i++) raw[i] = bytes[i] == 0 ? (byte)0 : (byte)1;
        }
        else if (BitConverter.IsLittleEndian)
        {
            bytes.CopyTo(raw);
        }
        else
        {
            throw new PlatformNotSupportedException("Values of a little-endian file need a little-endian machine, or ToFloats, ToDoubles, ToInt64s.");
        }
    }

    public static bool ToFloats(ReadOnlySpan<byte> bytes, ElementType type, Span<float> values)
    {
        switch (type)
        {
            case ElementType.F32 when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(values)); // keeps the payload of every NaN
                return true;
            case ElementType.F32:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                return true;
            case ElementType.F64:
                for (int i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                return true;
            case ElementType.F16:
                for (int i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                return true;
            case ElementType.BF16:
                for (int i = 0; i < values.Length; i++) values[i] = BrainFloat(bytes[(2 * i)..]);
                return true;
            default:
                return false;
        }
    }

    public static bool ToDoubles(ReadOnlySpan<byte> bytes, ElementType type, Span<double> values)
    {
        if (type is not (ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16)) return false;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                ElementType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
                ElementType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                ElementType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                _ => BrainFloat(bytes[(2 * i)..]),
            };
        }

        return true;
    }

    // A U64 beyond the signed range wraps; the caller has looked.
    public static bool ToInt64s(ReadOnlySpan<byte> bytes, ElementType type, Span<long> values)
    {
        if (type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16) return false;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                ElementType.Bool => bytes[i] == 0 ? 0 : 1,
                ElementType.U8 => bytes[i],
                ElementType.I8 => unchecked((sbyte)bytes[i]),
                ElementType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]),
                ElementType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]),
                ElementType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                ElementType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
            };
        }

        return true;
    }

    // Rounds to nearest, ties to even.
    public static byte[] Rounded(ReadOnlySpan<float> values, ElementType type)
    {
        byte[] bytes = new byte[(long)values.Length * type.Size()];
        for (int i = 0; i < values.Length; i++)
        {
            Span<byte> to = bytes.AsSpan(i * type.Size());
            switch (type)
            {
                case ElementType.F64: BinaryPrimitives.WriteDoubleLittleEndian(to, values[i]); break;
                case ElementType.F16: BinaryPrimitives.WriteHalfLittleEndian(to, (Half)values[i]); break;
                case ElementType.BF16: BinaryPrimitives.WriteUInt16LittleEndian(to, BrainBits(values[i])); break;
                default: BinaryPrimitives.WriteSingleLittleEndian(to, values[i]); break;
            }
        }

        return bytes;
    }

    // A carry out of the fraction goes into the exponent, which is what rounding up means; of NaN it would make infinity.
    private static ushort BrainBits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static float BrainFloat(ReadOnlySpan<byte> bytes) =>
        BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16);
}
