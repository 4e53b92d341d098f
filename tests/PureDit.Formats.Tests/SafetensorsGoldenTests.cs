using System.Text;

namespace PureDit.Formats.Tests;

// Bytes of the reference writer, from its own tests (github.com/huggingface/safetensors, bindings/python/tests).
public class SafetensorsGoldenTests
{
    [Fact]
    public void Write_OneTensorWithMetadata_GivesTheReferenceBytes() =>
        Assert.Equal(
            File(
                """{"__metadata__":{"framework":"pt"},"test1":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}} """,
                headerLength: 0x60,
                dataLength: 16),
            Written(new() { ["test1"] = Zeros(SafetensorsDType.I32, 2, 2) }, new() { ["framework"] = "pt" }));

    [Fact]
    public void Write_TwoTensorsInAnyOrder_GivesTheReferenceBytes()
    {
        byte[] expected = File(
            """{"test1":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]},"test2":{"dtype":"F16","shape":[2,2],"data_offsets":[16,24]}}      """,
            headerLength: 0x80,
            dataLength: 24);
        SafetensorsEntry test1 = Zeros(SafetensorsDType.I32, 2, 2);
        SafetensorsEntry test2 = Zeros(SafetensorsDType.F16, 2, 2);

        Assert.Equal(expected, Written(new() { ["test1"] = test1, ["test2"] = test2 }));
        Assert.Equal(expected, Written(new() { ["test2"] = test2, ["test1"] = test1 }));
    }

    [Fact]
    public void Write_Nothing_GivesAnEmptyObject() =>
        Assert.Equal(File("{}      ", headerLength: 8, dataLength: 0), Written([]));

    [Fact]
    public void Write_EscapesOnlyWhatJsonDemands()
    {
        byte[] bytes = Written(
            new() { ["é\"\\"] = Zeros(SafetensorsDType.U8, 1) }, new() { ["b"] = "\n\u0001\u007f", ["a"] = "😀" });

        Assert.Contains(
            "{\"__metadata__\":{\"a\":\"😀\",\"b\":\"\\n\\u0001\u007f\"},\"é\\\"\\\\\":{\"dtype\":\"U8\",",
            Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void Read_TheReferenceBytes_GivesTheTensor()
    {
        byte[] bytes = File("""{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", headerLength: 60, dataLength: 16);

        SafetensorsFile file = SafetensorsFile.Read(bytes);

        Assert.Equal(SafetensorsDType.I32, file.Tensors["test"].DType);
        Assert.Equal([2, 2], file.Tensors["test"].Shape.ToArray());
        Assert.Equal([0, 0, 0, 0], file.ToInt64s("test"));
    }

    private static byte[] File(string header, byte headerLength, int dataLength) =>
        [headerLength, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]];

    private static SafetensorsEntry Zeros(SafetensorsDType type, params long[] shape)
    {
        int size = type is SafetensorsDType.I32 ? 4 : type is SafetensorsDType.F16 ? 2 : 1;
        return SafetensorsEntry.FromBytes(type, new byte[shape.Aggregate(1L, (a, b) => a * b) * size], shape);
    }

    private static byte[] Written(Dictionary<string, SafetensorsEntry> tensors, Dictionary<string, string>? metadata = null)
    {
        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }
}
