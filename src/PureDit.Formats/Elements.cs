// Bytes of a file as numbers. They may start at any address, so they are copied or read one by one and never
// reinterpreted in place. Each conversion says whether the type has one; the caller knows which file to blame.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PureDit.Formats;

internal static class Elements
{
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

    private static float BrainFloat(ReadOnlySpan<byte> bytes) =>
        BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16);
}
