namespace PureDit.Formats;

// Opens a file of which the length is known. Opening a pipe waits for a writer, perhaps for ever, and a device such as
// /dev/zero never ends; both say that they have no bytes, and so are found before they are opened.
internal static class InputFile
{
    public const string Folder = "this is a folder; name a file";
    public const string Empty = "the file is empty, or a pipe or device, whose length is unknown; name a file";
    public const string Unseekable = "its length is unknown, as for a pipe; name a file";

    public static FileStream Open(string path, Func<string, Exception> refusal)
    {
        if (Directory.Exists(path)) throw refusal(Folder);
        FileInfo file = new(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        if (file.Exists && file.Length == 0) throw refusal(Empty);
        return new(path, new FileStreamOptions { BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
    }
}
