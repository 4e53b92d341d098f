using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

public class SafetensorsRoundTripTests
{
    private static readonly ElementType[] Types = Enum.GetValues<ElementType>();

    // Any bytes are legal values of any type, which covers NaN payloads, infinities and denormals.
    private static readonly Gen<SafetensorsEntry> Entries =
        from type in Gen.Elements(Types)
        from rank in Gen.Choose(0, 4)
        from shape in Gen.Choose(0, 5).ArrayOf(rank)
        from seed in Gen.Choose(0, int.MaxValue)
        select Random(type, [.. shape.Select(x => (long)x)], seed);

    private static readonly Gen<string> Names =
        from parts in Gen.Elements("a", "Z", ".", "/", "\"", "\\", "é", "😀", "\uffe0", "\u2028", "0").NonEmptyListOf()
        select string.Concat(parts);

    private static readonly Gen<Dictionary<string, SafetensorsEntry>> Tensors =
        from names in Names.ListOf()
        from entries in Entries.ListOf(names.Count)
        select names.Zip(entries).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second);

    private static readonly Gen<Dictionary<string, string>> Metadata =
        from keys in Names.ListOf()
        select keys.Distinct().ToDictionary(key => key, key => key + "\n\u0001\u007f😀");

    [Fact]
    public void WhatIsWritten_IsRead() =>
        Law.Holds(Tensors.SelectMany(tensors => Metadata.Select(metadata => (tensors, metadata))), given =>
        {
            SafetensorsFile read = SafetensorsFile.Read(Written(given.tensors, given.metadata));

            Assert.Equal(given.metadata, read.Metadata);
            Assert.Equal(given.tensors.Keys.Order(StringComparer.Ordinal), read.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach ((string name, SafetensorsEntry entry) in given.tensors)
            {
                Assert.Equal(entry.DType, read.Tensors[name].DType);
                Assert.Equal(entry.Shape.ToArray(), read.Tensors[name].Shape.ToArray());
                Assert.Equal(entry.Bytes.ToArray(), read.Tensors[name].Bytes.ToArray());
            }
        });

    [Fact]
    public void SaveLoadSave_GivesTheSameBytes() =>
        Law.Holds(Tensors.SelectMany(tensors => Metadata.Select(metadata => (tensors, metadata))), given =>
        {
            byte[] first = Written(given.tensors, given.metadata);
            SafetensorsFile read = SafetensorsFile.Read(first);
            Assert.Equal(first, Written(read.Tensors, read.Metadata));
        });

    [Fact]
    public void Written_EveryTensorIsAlignedToItsElements() =>
        Law.Holds(Tensors, tensors =>
        {
            byte[] bytes = Written(tensors);
            SafetensorsFile read = SafetensorsFile.Read(bytes);
            foreach (SafetensorsEntry entry in read.Tensors.Values.Where(entry => entry.Count > 0))
            {
                Assert.True(bytes.AsSpan().Overlaps(entry.Bytes, out int offset));
                Assert.Equal(0, offset % (int)(entry.Bytes.Length / entry.Count));
            }
        });

    [Fact]
    public void Floats_KeepTheirBits_NaNPayloadsIncluded()
    {
        float[] values = [.. new[] { 0x7FC0DEAD, 0x7F800001, unchecked((int)0xFF800000), unchecked((int)0x80000000), 1 }
            .Select(BitConverter.Int32BitsToSingle)];
        byte[] bytes = Written(new Dictionary<string, SafetensorsEntry>
        {
            ["x"] = SafetensorsEntry.FromFloats(values, 5),
            ["from a source"] = SafetensorsEntry.FromFloats(() => values, 5, 1),
        });

        Near.SameBits(values, SafetensorsFile.Read(bytes).ToFloats("x"));
        Near.SameBits(values, SafetensorsFile.Read(bytes).ToFloats("from a source"));
    }

    [Fact]
    public void Conversions_GiveTheNumbers()
    {
        SafetensorsFile file = SafetensorsFile.Read(Written(new Dictionary<string, SafetensorsEntry>
        {
            ["f16"] = SafetensorsEntry.FromBytes(ElementType.F16, new byte[] { 0x00, 0x3C, 0x00, 0xC5 }, 2),
            ["bf16"] = SafetensorsEntry.FromBytes(ElementType.BF16, new byte[] { 0x80, 0x3F, 0xA0, 0xC0 }, 2),
            ["f64"] = SafetensorsEntry.FromDoubles(new[] { 1.0, -5.0000000001 }, 2),
            ["bool"] = SafetensorsEntry.FromBytes(ElementType.Bool, new byte[] { 0, 1, 2 }, 3),
            ["i8"] = SafetensorsEntry.FromBytes(ElementType.I8, new byte[] { 0xFF, 0x7F }, 2),
            ["u8"] = SafetensorsEntry.FromBytes(ElementType.U8, new byte[] { 0xFF, 0x7F }, 2),
            ["i16"] = SafetensorsEntry.FromBytes(ElementType.I16, new byte[] { 0xFE, 0xFF }, 1),
            ["u16"] = SafetensorsEntry.FromBytes(ElementType.U16, new byte[] { 0xFE, 0xFF }, 1),
            ["i32"] = SafetensorsEntry.FromBytes(ElementType.I32, new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, 1),
            ["u32"] = SafetensorsEntry.FromBytes(ElementType.U32, new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, 1),
            ["i64"] = SafetensorsEntry.FromInt64s(new[] { long.MinValue, 7 }, 2),
            ["u64"] = SafetensorsEntry.FromBytes(ElementType.U64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, 1),
            ["large"] = SafetensorsEntry.FromBytes(ElementType.U64, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 }, 1),
        }));

        Assert.Equal([1f, -5f], file.ToFloats("f16"));
        Assert.Equal([1f, -5f], file.ToFloats("bf16"));
        Assert.Equal([1f, -5f], file.ToFloats("f64"));
        Assert.Equal([1, -5], file.ToDoubles("f16"));
        Assert.Equal([1, -5], file.ToDoubles("bf16"));
        Assert.Equal([1, -5.0000000001], file.ToDoubles("f64"));
        Assert.Equal([0, 1, 1], file.ToInt64s("bool"));
        Assert.Equal([-1, 127], file.ToInt64s("i8"));
        Assert.Equal([255, 127], file.ToInt64s("u8"));
        Assert.Equal([-2], file.ToInt64s("i16"));
        Assert.Equal([65534], file.ToInt64s("u16"));
        Assert.Equal([-2], file.ToInt64s("i32"));
        Assert.Equal([4294967294], file.ToInt64s("u32"));
        Assert.Equal([long.MinValue, 7], file.ToInt64s("i64"));
        Assert.Equal([1], file.ToInt64s("u64"));
        Assert.Contains("9223372036854775808", Assert.Throws<SafetensorsException>(() => file.ToInt64s("large")).Message);
        Assert.Equal(SafetensorsRule.WrongDtype, Assert.Throws<SafetensorsException>(() => file.ToFloats("i8")).Rule);
        Assert.Equal(SafetensorsRule.WrongDtype, Assert.Throws<SafetensorsException>(() => file.ToInt64s("f16")).Rule);
        Assert.Equal(SafetensorsRule.TensorNotFound, Assert.Throws<SafetensorsException>(() => file.ToFloats("x")).Rule);
    }

    [Fact]
    public void UnalignedData_IsReadRight()
    {
        byte[] data = new byte[13];
        BitConverter.TryWriteBytes(data.AsSpan(1), 2.5f);
        BitConverter.TryWriteBytes(data.AsSpan(5), -3.25);
        SafetensorsFile file = SafetensorsFile.Read(File(
            """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"c":{"dtype":"F64","shape":[],"data_offsets":[5,13]}}"""u8.ToArray(),
            data));

        Assert.Equal([2.5f], file.ToFloats("b"));
        Assert.Equal([-3.25], file.ToDoubles("c"));
    }

    [Fact]
    public void ArgumentsThatDisagree_AreRefused()
    {
        Assert.Contains("24 bytes, got 20", Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromFloats(new float[5], 2, 3)).Message);
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromFloats(new float[1], -1));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromFloats(Array.Empty<float>(), long.MaxValue, 3));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromFloats(new float[1], new long[17]));
        foreach (string name in new[] { "", "__metadata__", "a\nb", "\ud800", new('x', 1025) })
        {
            Assert.ThrowsAny<ArgumentException>(() => Written(new Dictionary<string, SafetensorsEntry> { [name] = Random(ElementType.U8, [1], 1) }));
        }

        SafetensorsFile file = SafetensorsFile.Read(Written(new Dictionary<string, SafetensorsEntry> { ["x"] = SafetensorsEntry.FromFloats(new float[6], 2, 3) }));
        Assert.Contains("6 elements, got room for 5", Assert.Throws<ArgumentException>(() => file.CopyTo("x", new float[5])).Message);
    }
}
