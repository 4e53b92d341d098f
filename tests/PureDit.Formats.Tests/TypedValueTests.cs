using PureDit.TestSupport;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// Values of every type, written from arrays of that type and read back as such, in both formats.
public sealed class TypedValueTests
{
    private const double HalfUlp = 1.0 / 256; // of bfloat16, relative: 8 bits of precision

    [Fact]
    public void EveryType_KeepsItsValues()
    {
        Check<bool>(ElementType.Bool, [true, false, true]);
        Check<byte>(ElementType.U8, [0, 127, 255]);
        Check<sbyte>(ElementType.I8, [-128, 0, 127]);
        Check<short>(ElementType.I16, [short.MinValue, -1, short.MaxValue]);
        Check<ushort>(ElementType.U16, [0, 1, ushort.MaxValue]);
        Check<Half>(ElementType.F16, [Half.Epsilon, Half.NegativeInfinity, (Half)1.5]);
        Check<int>(ElementType.I32, [int.MinValue, -1, int.MaxValue]);
        Check<uint>(ElementType.U32, [0, 1, uint.MaxValue]);
        Check<float>(ElementType.F32, [float.Epsilon, -0f, float.NaN]);
        Check<double>(ElementType.F64, [double.Epsilon, -0.0, double.PositiveInfinity]);
        Check<long>(ElementType.I64, [long.MinValue, -1, long.MaxValue]);
        Check<ulong>(ElementType.U64, [0, 1, ulong.MaxValue]);
    }

    [Fact]
    public void AnotherType_IsRefused()
    {
        SafetensorsFile file = SafetensorsFile.Read(Written(new Dictionary<string, SafetensorsEntry>
        {
            ["x"] = SafetensorsEntry.FromFloats(new float[1], 1),
            ["b"] = SafetensorsEntry.FromFloats(ElementType.BF16, [1f], 1),
        }));
        Assert.Equal(SafetensorsRule.WrongDtype, Assert.Throws<SafetensorsException>(() => file.ToArray<double>("x")).Rule);
        Assert.Equal(SafetensorsRule.WrongDtype, Assert.Throws<SafetensorsException>(() => file.ToArray<ushort>("b")).Rule);
        Assert.Equal(SafetensorsRule.TensorNotFound, Assert.Throws<SafetensorsException>(() => file.ToArray<float>("y")).Rule);
        Assert.Throws<ArgumentException>(() => file.ToArray<decimal>("x"));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.From<char>(new char[1], 1));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.From<int>(new int[5], 2, 3));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromFloats(ElementType.I32, [1f], 1));
        Assert.Throws<ArgumentException>(() => NpyFile.Of<int>(new int[5], 2, 3));
        Assert.Throws<NpyException>(() => NpyFile.Read(Stream(NpyFile.Of<int>(new int[1], 1))).ToArray<long>());
        Assert.Contains("18446744073709551615", Assert.Throws<NpyException>(() => NpyFile.Read(Stream(NpyFile.Of<ulong>(new[] { ulong.MaxValue }, 1))).ToInt64s()).Message);
    }

    [Fact]
    public void TruthValuesOfAnyByte_AreZeroOrOneInMemory()
    {
        SafetensorsFile file = SafetensorsFile.Read(Written(
            new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromBytes(ElementType.Bool, new byte[] { 0, 1, 2, 255 }, 4) }));
        Assert.Equal<byte>([0, 1, 1, 1], System.Runtime.InteropServices.MemoryMarshal.AsBytes<bool>(file.ToArray<bool>("x")).ToArray());
    }

    [Fact]
    public void BFloat16_OfEveryBitPattern_SurvivesFloat()
    {
        byte[] patterns = [.. Enumerable.Range(0, 1 << 16).SelectMany(i => BitConverter.GetBytes((ushort)i))];
        float[] values = SafetensorsFile.Read(Written(
            new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromBytes(ElementType.BF16, patterns, 1 << 16) })).ToFloats("x");
        byte[] again = SafetensorsEntry.FromFloats(ElementType.BF16, values, 1 << 16).Bytes.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) Assert.True((BitConverter.ToUInt16(again, 2 * i) & 0x7FFF) > 0x7F80);
            else Assert.Equal(BitConverter.ToUInt16(patterns, 2 * i), BitConverter.ToUInt16(again, 2 * i));
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x3F807FFFu, 0x3F80)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float is nearer to infinity
    [InlineData(0x7F800001u, 0x7FC0)] // no NaN becomes infinity
    [InlineData(0xFFFFFFFFu, 0xFFFF)]
    public void BFloat16_RoundsToNearestEven(uint bits, int expected) => Assert.Equal(
        expected, BitConverter.ToUInt16(SafetensorsEntry.FromFloats(ElementType.BF16, [BitConverter.UInt32BitsToSingle(bits)], 1).Bytes));

    [Fact]
    public void Rounded_IsTheNearestOfEachType()
    {
        float[] values = Values.Normal(1000, seed: 3);
        SafetensorsFile file = SafetensorsFile.Read(Written(new Dictionary<string, SafetensorsEntry>
        {
            ["F64"] = SafetensorsEntry.FromFloats(ElementType.F64, values, 1000),
            ["F32"] = SafetensorsEntry.FromFloats(ElementType.F32, values, 1000),
            ["F16"] = SafetensorsEntry.FromFloats(ElementType.F16, values, 1000),
            ["BF16"] = SafetensorsEntry.FromFloats(ElementType.BF16, values, 1000),
        }));
        Assert.Equal(values, file.ToFloats("F64"));
        Assert.Equal(values, file.ToArray<float>("F32"));
        Assert.Equal(values.Select(x => (Half)x), file.ToArray<Half>("F16"));
        Assert.All(values.Zip(file.ToFloats("BF16")), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, HalfUlp * Math.Abs(pair.First)));
        Assert.NotEqual(values, file.ToFloats("BF16"));
    }

    private static void Check<T>(ElementType type, T[] values)
        where T : unmanaged
    {
        SafetensorsFile file = SafetensorsFile.Read(Written(new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.From<T>(values, 3, 1) }));
        Assert.Equal(type, file.Tensors["x"].DType);
        Assert.Equal(values, file.ToArray<T>("x"));

        NpyFile array = NpyFile.Read(Stream(NpyFile.Of<T>(values, 1, 3)));
        Assert.Equal(type, array.DType);
        Assert.Equal([1L, 3], array.Shape.ToArray());
        Assert.Equal(values, array.ToArray<T>());
    }

    private static MemoryStream Stream(NpyFile file)
    {
        MemoryStream stream = new();
        file.WriteTo(stream);
        stream.Position = 0;
        return stream;
    }
}
