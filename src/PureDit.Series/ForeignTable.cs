namespace PureDit.Series;

// Recognises files of other kinds by their first bytes, so that the message names the kind and not a strange column.
internal static class ForeignTable
{
    private const string Convert = "write the series as CSV first, for example with pandas: frame.to_csv('series.csv', index=False)";

    public static void Refuse(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[64];
        long begin = stream.Position;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = begin;
        if (Describe(start) is { } kind) throw new SeriesException(name, $"this is {kind}");
    }

    private static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
        {
            return $"a Python pickle, as of PyTorch (.pt) and pandas; PureDit never loads pickles because they can run code: {Convert}";
        }

        if (start.StartsWith("PK\u0003\u0004"u8)) return $"a zip archive, as Excel (.xlsx), PyTorch (.pt) and NumPy (.npz) write; {Convert}";
        if (start.StartsWith("GGUF"u8)) return "a GGUF file, which holds a model and no series";
        if (start.StartsWith<byte>([0x93, .. "NUMPY"u8])) return "a NumPy .npy file; write it with numpy.savetxt('series.csv', a, delimiter=',', header='a,b', comments='')";
        if (start.StartsWith<byte>([0x89, .. "HDF"u8])) return $"an HDF5 file; {Convert}";
        if (start.StartsWith("PAR1"u8)) return $"a Parquet file; {Convert}";
        if (start.StartsWith<byte>([0x1F, 0x8B])) return "a gzip archive; unpack it first";
        if (start.StartsWith<byte>([.. "7z"u8, 0xBC, 0xAF])) return "a 7z archive; unpack it first";
        if (start.StartsWith("version https://git-lfs"u8)) return "a Git LFS pointer, not the file it stands for; fetch it with: git lfs pull";
        if (start.StartsWith("<!DOC"u8) || start.StartsWith("<!doc"u8) || start.StartsWith("<html"u8)) return "a web page; download the file itself";
        return start.Length > 8 && start[8] == '{' && start[4..8].SequenceEqual(new byte[4]) ? $"a safetensors file; {Convert}" : null;
    }
}
