using System.Text;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// Bytes of the reference writer, from its own tests (github.com/huggingface/safetensors, bindings/python/tests).
public class SafetensorsGoldenTests
{
    [Fact]
    public void Write_OneTensorWithMetadata_GivesTheReferenceBytes() =>
        Assert.Equal(
            Bytes(
                """{"__metadata__":{"framework":"pt"},"test1":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}} """,
                headerLength: 0x60,
                dataLength: 16),
            Written(Tensors(("test1", Zeros(ElementType.I32, 2, 2))), new Dictionary<string, string> { ["framework"] = "pt" }));

    [Fact]
    public void Write_TwoTensorsInAnyOrder_GivesTheReferenceBytes()
    {
        byte[] expected = Bytes(
            """{"test1":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]},"test2":{"dtype":"F16","shape":[2,2],"data_offsets":[16,24]}}      """,
            headerLength: 0x80,
            dataLength: 24);
        SafetensorsEntry test1 = Zeros(ElementType.I32, 2, 2);
        SafetensorsEntry test2 = Zeros(ElementType.F16, 2, 2);

        Assert.Equal(expected, Written(Tensors(("test1", test1), ("test2", test2))));
        Assert.Equal(expected, Written(Tensors(("test2", test2), ("test1", test1))));
    }

    [Fact]
    public void Write_Nothing_GivesAnEmptyObject() =>
        Assert.Equal(Bytes("{}      ", headerLength: 8, dataLength: 0), Written(Tensors()));

    [Fact]
    public void Write_EscapesOnlyWhatJsonDemands()
    {
        byte[] bytes = Written(
            Tensors(("é\"\\", Zeros(ElementType.U8, 1))), new Dictionary<string, string> { ["b"] = "\n\u0001\u007f", ["a"] = "😀" });

        Assert.Contains(
            "{\"__metadata__\":{\"a\":\"😀\",\"b\":\"\\n\\u0001\u007f\"},\"é\\\"\\\\\":{\"dtype\":\"U8\",",
            Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void Read_TheReferenceBytes_GivesTheTensor()
    {
        byte[] bytes = Bytes("""{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", headerLength: 60, dataLength: 16);

        SafetensorsFile file = SafetensorsFile.Read(bytes);

        Assert.Equal(ElementType.I32, file.Tensors["test"].DType);
        Assert.Equal([2, 2], file.Tensors["test"].Shape.ToArray());
        Assert.Equal([0, 0, 0, 0], file.ToInt64s("test"));
    }

    private static byte[] Bytes(string header, byte headerLength, int dataLength) =>
        [headerLength, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), .. new byte[dataLength]];

    private static SafetensorsEntry Zeros(ElementType type, params long[] shape)
    {
        int size = type is ElementType.I32 ? 4 : type is ElementType.F16 ? 2 : 1;
        return SafetensorsEntry.FromBytes(type, new byte[shape.Aggregate(1L, (a, b) => a * b) * size], shape);
    }

    private static Dictionary<string, SafetensorsEntry> Tensors(params (string Name, SafetensorsEntry Entry)[] tensors) =>
        tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Entry);
}
