namespace PureDit.Formats;

// Recognises, by their first bytes, the files that people hand over by mistake, and says what to do instead.
// Consulted only after a file was rejected: the first bytes of a valid safetensors file are a number and can look like
// anything.
internal static class ForeignFile
{
    private const string ConvertPyTorch =
        "PureDit never loads pickles because they can run code. Convert it: "
        + "python -c \"import torch, safetensors.torch as s; "
        + "s.save_file(torch.load('model.pt', weights_only=True), 'model.safetensors')\"";

    private const string ConvertNumPy =
        "its arrays may be pickles, which can run code. Convert it: "
        + "python -c \"import numpy, safetensors.numpy as s; "
        + "s.save_file(dict(numpy.load('a.npz', allow_pickle=False)), 'a.safetensors')\"";

    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5) return $"this is a PyTorch (.pt) or other Python pickle; {ConvertPyTorch}";
        if (start.StartsWith("PK\u0003\u0004"u8)) return Archive(start);
        if (start.StartsWith("GGUF"u8)) return "this is a GGUF file; take the model's safetensors files instead, or convert it to safetensors first";
        if (start.StartsWith(NpyHeader.Magic)) return "this is a NumPy .npy file, which holds one array without a name";
        if (start.StartsWith<byte>([0x89, (byte)'H', (byte)'D', (byte)'F'])) return "this is an HDF5 file; read it with h5py and save its arrays as safetensors";
        if (start.StartsWith<byte>([0x1F, 0x8B])) return "this is a gzip archive; unpack it first";
        if (start.StartsWith<byte>([(byte)'7', (byte)'z', 0xBC, 0xAF])) return "this is a 7z archive; unpack it first";
        if (start.StartsWith("version "u8)) return "this is a Git LFS pointer, not the file it stands for; fetch it with: git lfs pull";
        if (start.StartsWith("<!DOC"u8) || start.StartsWith("<!doc"u8) || start.StartsWith("<html"u8))
        {
            return "this is a web page; download the file itself";
        }

        return null;
    }

    // The name of an archive's first file follows its signature.
    private static string Archive(ReadOnlySpan<byte> start) =>
        start.IndexOf(".npy"u8) >= 0 ? $"this is a NumPy archive (.npz); {ConvertNumPy}"
        : start.IndexOf("/data.pkl"u8) >= 0 ? $"this is a PyTorch (.pt) zip archive; {ConvertPyTorch}"
        : $"this is a zip archive, as PyTorch (.pt) and NumPy (.npz) write. If it is a model, {ConvertPyTorch}";
}
