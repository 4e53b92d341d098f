// The real disk, as far as managed code reaches: there is no managed way to flush a folder, so a rename may be lost with
// the power (never the file's content). A program that can flush folders hands in the way.

namespace PureDit.Formats;

/// <summary>The operations of <see cref="IFileOperations"/> on the disk.</summary>
/// <param name="syncFolder">Flushes a folder to the device; null where there is no way to.</param>
public sealed class DiskFiles(Action<string>? syncFolder = null) : IFileOperations
{
    /// <summary>The disk without a way to flush folders.</summary>
    public static DiskFiles Managed { get; } = new();

    /// <inheritdoc/>
    public Stream Create(string path, long length) => new FileStream(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = 1 << 16,
        PreallocationSize = length,
    });

    /// <inheritdoc/>
    public void Sync(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Move(string path, string newPath) => File.Move(path, newPath, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void SyncFolder(string folder) => syncFolder?.Invoke(folder);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder) =>
        Directory.Exists(folder) ? Array.ConvertAll(Directory.GetFiles(folder), path => Path.GetFileName(path)!) : [];

    /// <inheritdoc/>
    public Stream OpenRead(string path) =>
        new FileStream(path, new FileStreamOptions { BufferSize = 1 << 16, Options = FileOptions.SequentialScan });

    /// <inheritdoc/>
    public long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // a folder that is gone, or no drive of its own
        }
    }
}
