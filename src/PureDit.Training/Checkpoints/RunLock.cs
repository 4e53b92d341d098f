// One trainer per folder. The lock is the operating system's, on a file that stays: it ends with its process, however
// that ends. Who holds it stands in a file beside it, because a locked file cannot be read everywhere.

using System.Globalization;

namespace PureDit.Training;

/// <summary>The exclusive right to train in a folder, for as long as it lives.</summary>
internal sealed class RunLock : IDisposable
{
    private const string LockName = "run.lock", OwnerName = "run.owner";
    private const int SharingViolation = unchecked((int)0x80070020), LinuxAgain = 11, MacAgain = 35;
    private readonly FileStream _lock;
    private readonly string _owner;

    private RunLock(FileStream held, string owner) => (_lock, _owner) = (held, owner);

    /// <summary>Takes the lock, or fails at once.</summary>
    /// <exception cref="RunInUseException">Another process has it; the message says which.</exception>
    /// <exception cref="IOException">The lock's file cannot be made.</exception>
    public static RunLock Take(string folder)
    {
        string owner = Path.Combine(folder, OwnerName);
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is SharingViolation or LinuxAgain or MacAgain)
        {
            throw new RunInUseException($"{folder}: being trained by {Owner(owner)}; two trainers in one folder would destroy each other's work", e);
        }

        try
        {
            File.WriteAllText(owner, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
        }
        catch (IOException)
        {
            // a full disk; the lock itself holds
        }

        return new RunLock(held, owner);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            File.Delete(_owner); // the lock's own file stays: removing it would let two trainers hold a lock each
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        _lock.Dispose();
    }

    private static string Owner(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
