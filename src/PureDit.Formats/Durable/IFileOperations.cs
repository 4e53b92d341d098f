// What durable writing asks of a disk, as few operations as it needs: behind this seam a test can fail every one of them,
// and can lose power after every one of them.

namespace PureDit.Formats;

/// <summary>The operations of a file system that durable writing is made of. The real one is <see cref="DiskFiles"/>.</summary>
/// <remarks>Every operation may throw an <see cref="IOException"/> or an <see cref="UnauthorizedAccessException"/>.</remarks>
public interface IFileOperations
{
    /// <summary>Creates a file that is not there yet, for writing.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="length">Bytes to reserve, so that a full disk shows before the first is written; 0 if unknown.</param>
    /// <returns>A stream that can seek.</returns>
    Stream Create(string path, long length);

    /// <summary>Returns once everything written to a stream of <see cref="Create"/> is on the device.</summary>
    void Sync(Stream file);

    /// <summary>Gives a file another name in the same folder, in one step; a file of that name is replaced.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="newPath">Its new path.</param>
    void Move(string path, string newPath);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    void Delete(string path);

    /// <summary>Returns once the names in a folder are on the device, where the platform can do that.</summary>
    void SyncFolder(string folder);

    /// <summary>Names of the files in a folder; none where there is no folder.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>Opens a file for reading.</summary>
    Stream OpenRead(string path);

    /// <summary>Bytes that can still be written to a folder's disk; null where that cannot be found out.</summary>
    long? FreeBytes(string folder);
}
