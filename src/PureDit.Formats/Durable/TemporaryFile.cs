// Names of files that are being written:  .NAME.tmp-PROCESS-RANDOM  beside the file they will become. The same folder,
// so that the rename cannot turn into a copy; a random part, because a guessable name invites a link planted in its
// place; the process, so that what a killed one left behind can be told from what a living one is writing.

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PureDit.Formats;

/// <summary>Temporary files of durable writing: their names, and removing those that nobody writes any more.</summary>
public static partial class TemporaryFile
{
    /// <summary>A new path beside the file or folder that it will become.</summary>
    /// <param name="path">Full path of what it will become.</param>
    public static string For(string path) => Path.Combine(
        Path.GetDirectoryName(path)!,
        string.Create(CultureInfo.InvariantCulture, $".{Path.GetFileName(path)}.tmp-{Environment.ProcessId}-{Path.GetRandomFileName()}"));

    /// <summary>
    /// Removes what killed processes left in a folder: temporary files whose process is gone. Those with this process's
    /// number are removed too, so nothing may be written to the folder meanwhile; all other files stay.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">The disk.</param>
    /// <returns>Names of the removed files.</returns>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public static IReadOnlyList<string> RemoveStale(string folder, IFileOperations files)
    {
        ArgumentNullException.ThrowIfNull(files);
        List<string> removed = [];
        foreach (string name in files.List(folder))
        {
            Match match = Form().Match(name);
            if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int process)) continue;
            if (process != Environment.ProcessId && IsAlive(process)) continue;
            files.Delete(Path.Combine(folder, name));
            removed.Add(name);
        }

        return removed;
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true; // it is there, and belongs to somebody else
        }
    }

    [GeneratedRegex(@"^\..+\.tmp-([0-9]{1,9})-[a-z0-9]{8}\.[a-z0-9]{3}$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
