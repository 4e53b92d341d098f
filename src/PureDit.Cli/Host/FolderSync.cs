// The one call into the operating system that the project makes by itself. A rename is on the device once its folder has
// been flushed, and .NET opens no folder: not FileStream, not File.OpenHandle. So the folder is opened by the C library
// and flushed by .NET. Without it, a power cut may take back the newest rename, and nothing else.

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PureDit.Cli;

/// <summary>Flushes a folder to its device.</summary>
internal static class FolderSync
{
    private const int ReadOnly = 0; // the same number on Linux and macOS

    /// <summary>How to flush a folder on this system; null where there is no way to.</summary>
    public static Action<string>? Available => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? Flush : null;

    private static void Flush(string folder)
    {
        using SafeFileHandle handle = new(Open(Encoding.UTF8.GetBytes(folder + '\0'), ReadOnly), ownsHandle: true);
        if (handle.IsInvalid) throw new IOException($"{folder}: cannot be opened to be flushed (error {Marshal.GetLastPInvokeError()})");
        RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);
}
