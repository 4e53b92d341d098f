// Replaces a file so that a reader, a crash or a full disk finds the old content or the new one, never a part:
// write a temporary file in the same folder, flush it to the device, rename it, flush the folder.
//
// A failed flush may have dropped pages that a second flush reports as written (Rebello et al., USENIX ATC 2020): the
// temporary file is thrown away, and a caller who tries again writes a new one.

namespace PureDit.Formats;

/// <summary>Writes files whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <param name="write">Writes the content; if it throws, the exception passes on and nothing has changed.</param>
    /// <param name="expectedLength">Bytes to reserve first, so that a full disk shows before the first is written; 0 if unknown.</param>
    /// <param name="files">The disk; null for the real one, on which folders are not flushed.</param>
    /// <exception cref="IOException">The content cannot be written; a file that was there is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public static void Write(string path, Action<Stream> write, long expectedLength = 0, IFileOperations? files = null)
    {
        files ??= DiskFiles.Managed;
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{path}: this is a folder; name a file.");
        string temporary = TemporaryFile.For(full);

        // [doc:atomic-write]
        bool renamed = false;
        Stream stream = files.Create(temporary, expectedLength); // if this throws, there is no file to remove
        try
        {
            using (stream)
            {
                write(stream);
                files.Sync(stream); // closing does not reach the device, and hides a full disk
            }

            files.Move(temporary, full); // one rename: readers see the old file or the new
            renamed = true;
        }
        finally
        {
            if (!renamed) TryDelete(files, temporary);
        }

        files.SyncFolder(Path.GetDirectoryName(full)!); // the name, too, must survive the power
        // [/doc:atomic-write]
    }

    // The first failure is the one to report.
    private static void TryDelete(IFileOperations files, string path)
    {
        try
        {
            files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
