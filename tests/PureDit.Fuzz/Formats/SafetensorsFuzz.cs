using System.Text;
using PureDit.Formats;

namespace PureDit.Fuzz;

/// <summary>Safetensors: the same verdict from memory and from a stream; what is accepted survives writing and reading.</summary>
public sealed class SafetensorsFuzz : IFuzzFormat
{
    private static readonly byte[][] s_seeds = [Seed(0), Seed(1), Seed(2), Seed(5)];

    public string Name => "safetensors";

    public IReadOnlyList<byte[]> Words { get; } = [.. new[]
    {
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\u0061", "\\ud800", "\\ud83d\\ude00", "\"dtype\":", "\"shape\":", "\"data_offsets\":",
        "\"__metadata__\":", "\"F32\"", "\"F16\"", "\"U8\"", "\"BOOL\"", "\"F4\"", "null", "true", "é", "\u009b", "\u202e", " ", "\n", "/**/",
        "[0,0]", "\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", "\"t\\u0030\":", "[[[[", new string('[', 100), "\"\":",
    }.Select(Encoding.UTF8.GetBytes), [0xC0, 0xAF], [0xFF], [0xED, 0xA0, 0x80]];

    public void Begin(Draft draft, FuzzRandom random)
    {
        byte[] seed = random.Of(s_seeds);
        draft.Set(seed, 8, 8 + BitConverter.ToInt32(seed));
    }

    public void Repair(Draft draft) => Mutation.RepairLength(draft, 8);

    public bool Accepts(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        (SafetensorsFile? file, SafetensorsRule? rule) = Read(() => SafetensorsFile.Read(input));
        using MemoryStream stream = new(input);
        (SafetensorsFile? streamed, SafetensorsRule? streamedRule) = Read(() => SafetensorsFile.Read(stream));
        BrokenLawException.BoundMemory(before, input);
        BrokenLawException.Unless(rule == streamedRule, $"from memory {rule}, from a stream {streamedRule}");
        if (file is null || streamed is null) return false;

        long size = file.Tensors.Values.Sum(tensor => tensor.ByteLength);
        BrokenLawException.Unless(8 + BitConverter.ToInt64(input) + size == input.Length, "sizes do not add up");
        byte[] written = Written(file);
        SafetensorsFile again = SafetensorsFile.Read(written);
        BrokenLawException.Unless(Same(file, again) && Same(file, streamed), "a tensor or metadata changed");
        BrokenLawException.Unless(written.AsSpan().SequenceEqual(Written(again)), "written twice, the bytes differ");
        return true;
    }

    private static bool Same(SafetensorsFile a, SafetensorsFile b)
    {
        if (a.Tensors.Count != b.Tensors.Count || a.Metadata.Count != b.Metadata.Count) return false;
        foreach ((string key, string value) in a.Metadata)
        {
            if (b.Metadata.GetValueOrDefault(key) != value) return false;
        }

        foreach ((string name, SafetensorsEntry entry) in a.Tensors)
        {
            if (!b.Tensors.TryGetValue(name, out SafetensorsEntry? other) || entry.DType != other.DType
                || !entry.Shape.SequenceEqual(other.Shape) || !entry.Bytes.SequenceEqual(other.Bytes))
            {
                return false;
            }
        }

        return true;
    }

    private static (SafetensorsFile? File, SafetensorsRule? Rule) Read(Func<SafetensorsFile> read)
    {
        try
        {
            return (read(), null);
        }
        catch (SafetensorsException e)
        {
            return (null, e.Rule);
        }
    }

    private static byte[] Written(SafetensorsFile file)
    {
        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, file.Tensors, file.Metadata);
        return stream.ToArray();
    }

    private static byte[] Seed(int tensors)
    {
        ElementType[] types = Enum.GetValues<ElementType>();
        Dictionary<string, SafetensorsEntry> entries = [];
        for (int i = 0; i < tensors; i++)
        {
            ElementType type = types[(i * 5) % types.Length];
            int size = type is ElementType.Bool or ElementType.U8 or ElementType.I8 ? 1
                : type.ToString().Contains("16", StringComparison.Ordinal) ? 2
                : type.ToString().Contains("32", StringComparison.Ordinal) ? 4 : 8;
            long[] shape = i switch { 0 => [2, 3], 1 => [], 2 => [0, 7], _ => [1, 1, 2] };
            entries[$"t{i}"] = SafetensorsEntry.FromBytes(type, new byte[shape.Aggregate(1L, (a, b) => a * b) * size], shape);
        }

        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, entries, tensors < 2 ? new Dictionary<string, string> { ["k"] = "v\n", ["step"] = "7" } : null);
        return stream.ToArray();
    }
}
