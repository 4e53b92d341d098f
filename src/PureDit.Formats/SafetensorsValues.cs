// Copies of tensor bytes as numbers. The bytes may start at any address, so they are copied or read byte by byte and
// never reinterpreted in place.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PureDit.Formats;

internal static class SafetensorsValues
{
    public static void ToFloats(SafetensorsFile file, string name, SafetensorsEntry entry, Span<float> values)
    {
        ReadOnlySpan<byte> bytes = entry.Bytes;
        switch (entry.DType)
        {
            case SafetensorsDType.F32 when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(values)); // keeps the payload of every NaN
                break;
            case SafetensorsDType.F32:
                for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                break;
            case SafetensorsDType.F64:
                for (int i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                break;
            case SafetensorsDType.F16:
                for (int i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                break;
            case SafetensorsDType.BF16:
                for (int i = 0; i < values.Length; i++) values[i] = BrainFloat(bytes[(2 * i)..]);
                break;
            default:
                throw WrongType(file, name, entry, "floating-point numbers");
        }
    }

    public static void ToDoubles(SafetensorsFile file, string name, SafetensorsEntry entry, Span<double> values)
    {
        ReadOnlySpan<byte> bytes = entry.Bytes;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = entry.DType switch
            {
                SafetensorsDType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
                SafetensorsDType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                SafetensorsDType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                SafetensorsDType.BF16 => BrainFloat(bytes[(2 * i)..]),
                _ => throw WrongType(file, name, entry, "floating-point numbers"),
            };
        }
    }

    public static void ToInt64s(SafetensorsFile file, string name, SafetensorsEntry entry, Span<long> values)
    {
        ReadOnlySpan<byte> bytes = entry.Bytes;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = entry.DType switch
            {
                SafetensorsDType.Bool => bytes[i] == 0 ? 0 : 1,
                SafetensorsDType.U8 => bytes[i],
                SafetensorsDType.I8 => unchecked((sbyte)bytes[i]),
                SafetensorsDType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]),
                SafetensorsDType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]),
                SafetensorsDType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                SafetensorsDType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]),
                SafetensorsDType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
                SafetensorsDType.U64 => Signed(file, name, BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]), i),
                _ => throw WrongType(file, name, entry, "integers"),
            };
        }
    }

    private static float BrainFloat(ReadOnlySpan<byte> bytes) =>
        BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16);

    private static long Signed(SafetensorsFile file, string name, ulong value, int index) =>
        value <= long.MaxValue
            ? (long)value
            : throw new SafetensorsException(
                SafetensorsRule.ValueOutOfRange,
                file.Name,
                $"tensor \"{Printable.Text(name)}\": element {index} does not fit in 64 signed bits ({value})");

    private static SafetensorsException WrongType(SafetensorsFile file, string name, SafetensorsEntry entry, string wanted) =>
        new(SafetensorsRule.WrongDtype, file.Name, $"tensor \"{Printable.Text(name)}\" holds {entry.DType.Name()}, not {wanted}");
}
