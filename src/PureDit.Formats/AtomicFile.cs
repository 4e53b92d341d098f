// Replaces a file so that a reader, a crash or a full disk finds the old content or the new one, never a part:
// write a temporary file in the same folder, flush it to the device, rename it.
//
// Not done: flushing the folder after the rename. A power cut can lose the newest version, never the integrity of one.

namespace PureDit.Formats;

/// <summary>Writes files whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <param name="write">Writes the content; if it throws, the exception passes on and nothing has changed.</param>
    /// <param name="expectedLength">Bytes to reserve first, so that a full disk shows before the first is written; 0 if unknown.</param>
    /// <exception cref="IOException">The content cannot be written; a file that was there is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public static void Write(string path, Action<Stream> write, long expectedLength = 0)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{path}: this is a folder; name a file.");

        // The same folder, so that the rename cannot turn into a copy; a random name, because a guessable one invites
        // a link planted in its place, and CreateNew, because a guess may still come true.
        string temporary = Path.Combine(
            Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.tmp-{Environment.ProcessId}-{Path.GetRandomFileName()}");
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 1 << 16,
            PreallocationSize = expectedLength,
        };

        // [doc:atomic-write]
        bool renamed = false;
        FileStream stream = new(temporary, options); // if this throws, there is no file to remove
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true); // closing does not reach the device, and hides a full disk
            }

            File.Move(temporary, full, overwrite: true); // one rename: readers see the old file or the new
            renamed = true;
        }
        finally
        {
            if (!renamed) TryDelete(temporary);
        }

        // [/doc:atomic-write]
    }

    // The first failure is the one to report.
    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
