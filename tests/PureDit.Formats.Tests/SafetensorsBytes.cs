using System.Buffers.Binary;
using System.Text;

namespace PureDit.Formats.Tests;

// Safetensors files put together by hand, for the shapes that no writer gives.
internal static class SafetensorsBytes
{
    public const string Good = """{"t":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""";

    public static byte[] File(string header, int dataLength) => File(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] File(byte[] header, byte[] data)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. data];
    }

    public static byte[] One(string type, string shape, string offsets, int dataLength, string name = "t") =>
        File($$$"""{"{{{name}}}":{"dtype":{{{type}}},"shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""", dataLength);

    public static byte[] Written(
        IReadOnlyDictionary<string, SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    public static SafetensorsEntry Random(ElementType type, long[] shape, int seed)
    {
        int size = type.ToString().EndsWith("64", StringComparison.Ordinal) ? 8
            : type.ToString().EndsWith("32", StringComparison.Ordinal) ? 4
            : type.ToString().EndsWith("16", StringComparison.Ordinal) ? 2 : 1;
        byte[] bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) * size];
        new Random(seed).NextBytes(bytes);
        return SafetensorsEntry.FromBytes(type, bytes, shape);
    }

    // "accept", or the rule that was broken. Any other exception escapes and fails the test.
    public static string Verdict(byte[] file)
    {
        string fromMemory = Verdict(() => SafetensorsFile.Read(file));
        string fromStream = Verdict(() =>
        {
            using MemoryStream stream = new(file);
            return SafetensorsFile.Read(stream);
        });
        Assert.Equal(fromMemory, fromStream);
        return fromMemory;
    }

    public static string Verdict(Func<SafetensorsFile> read)
    {
        try
        {
            read();
            return "accept";
        }
        catch (SafetensorsException e)
        {
            return $"{e.Rule}";
        }
    }
}
