// The examples of docs/files.md and of the README: compiled here, quoted there.

using PureDit.Formats;

namespace PureDit.Book;

/// <summary>Reading and writing files of arrays, without a model.</summary>
public static class FileExamples
{
    /// <summary>Writes tensors of several types, and reads them.</summary>
    public static float[] Tensors(string path)
    {
        // [doc:files-safetensors]
        SafetensorsFile.Write(path, new Dictionary<string, SafetensorsEntry>
        {
            ["weight"] = SafetensorsEntry.From<double>(new[] { 1.0, 2, 3, 4, 5, 6 }, 2, 3),
            ["half"] = SafetensorsEntry.FromFloats(ElementType.BF16, [0.1f, 0.2f], 2), // rounded to nearest even
            ["labels"] = SafetensorsEntry.From<byte>(new byte[] { 7, 9 }, 2),
        });

        SafetensorsFile file = SafetensorsFile.Read(path, maximumBytes: 1 << 30);
        double[] weight = file.ToArray<double>("weight"); // exactly this type, or an exception
        float[] half = file.ToFloats("half");             // any floating-point type
        long[] labels = file.ToInt64s("labels");          // any integer type
        // [/doc:files-safetensors]
        return [(float)weight[0], half[0], labels[0]];
    }

    /// <summary>Reads one tensor out of a large model in several files.</summary>
    public static float[] Shards(string path, string name)
    {
        // [doc:files-index]
        float[] values = SafetensorsIndex.Open(path, model => model.ToFloats(name)); // model.safetensors.index.json
        // [/doc:files-index]
        return values;
    }

    /// <summary>Writes an array for NumPy, and reads one.</summary>
    public static int[] Arrays(string path, int[] values)
    {
        // [doc:files-npy]
        NpyFile.Of<int>(values, 2, 3).Save(path); // six values

        NpyFile array = NpyFile.Read(path);
        int[] same = array.ToArray<int>();
        // [/doc:files-npy]
        return same;
    }
}
