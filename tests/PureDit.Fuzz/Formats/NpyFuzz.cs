using System.Text;
using PureDit.Formats;

namespace PureDit.Fuzz;

/// <summary>NumPy arrays: what is accepted survives writing and reading, and its size is that of its shape.</summary>
public sealed class NpyFuzz : IFuzzFormat
{
    private static readonly byte[][] s_seeds =
    [
        Seed(NpyFile.Of<float>(new float[6], 2, 3)), Seed(NpyFile.Of<double>(new double[1])), Seed(NpyFile.Of<bool>(new bool[5], 5)),
        Seed(NpyFile.Of<ulong>(Array.Empty<ulong>(), 0, 7)), Seed(NpyFile.Of<short>(new short[4], 1, 2, 2)),
    ];

    public string Name => "npy";

    public IReadOnlyList<byte[]> Words { get; } = [.. new[]
    {
        "{", "}", "(", ")", ",", ":", "'", "\"", "\\", "'descr'", "'fortran_order'", "'shape'", "False", "True", "'<f4'", "'|O'", "'>f4'", "'<u2'", "'|b1'",
        "[('a', '<f4')]", "(1,)", "()", "((1,),)", "0x10", "1.0", "1L", " ", "\n", "\r", "é", "'x': 1,", new string('(', 100), "(0, 9223372036854775807)",
    }.Select(Encoding.UTF8.GetBytes), [0], [0xFF]];

    public void Begin(Draft draft, FuzzRandom random)
    {
        byte[] seed = random.Of(s_seeds);
        draft.Set(seed, 10, 10 + BitConverter.ToUInt16(seed, 8));
        if (random.Below(4) != 0) return;
        draft.Replace(10, 0, [0, 0]); // versions 2 and 3 have two bytes more for the length
        draft.Bytes[6] = (byte)(2 + random.Below(2));
        draft.Set(draft.ToArray(), 12, 12 + BitConverter.ToUInt16(seed, 8));
    }

    public void Repair(Draft draft) => Mutation.RepairLength(draft, draft.TextStart == 12 ? 4 : 2);

    public bool Accepts(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        NpyFile? file = null;
        try
        {
            file = Read(input);
        }
        catch (NpyException)
        {
        }

        BrokenLawException.BoundMemory(before, input);
        if (file is null) return false;
        long count = 1;
        foreach (long dimension in file.Shape) count *= dimension;
        BrokenLawException.Unless(count == file.Count && count <= input.Length, "the shape does not give the count");
        byte[] written = Seed(file);
        NpyFile again = Read(written);
        bool same = again.DType == file.DType && again.Shape.SequenceEqual(file.Shape);
        ReadOnlySpan<byte> data = written.AsSpan(10 + BitConverter.ToUInt16(written, 8)); // version 1 is what is written
        same &= data.SequenceEqual(input.AsSpan(input.Length - data.Length));
        BrokenLawException.Unless(same, "the array changed");
        BrokenLawException.Unless(written.AsSpan().SequenceEqual(Seed(again)), "written twice, the bytes differ");
        return true;
    }

    private static NpyFile Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return NpyFile.Read(stream, "fuzz.npy");
    }

    private static byte[] Seed(NpyFile file)
    {
        using MemoryStream stream = new();
        file.WriteTo(stream);
        return stream.ToArray();
    }
}
