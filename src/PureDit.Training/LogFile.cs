// The log of a run: one JSON object per line, each on the device before training goes on. A line that cannot be written
// (a full disk) waits for the next one: the log must not end a run that its checkpoints can still save.

using System.Text;

namespace PureDit.Training;

/// <summary>The log of a run, open for appending.</summary>
public sealed class LogFile : IDisposable
{
    private readonly FileStream _file;
    private readonly List<TrainingProgress> _waiting = [];

    private LogFile(FileStream file) => _file = file;

    /// <summary>Opens a log. Lines of later steps than the last one wanted are cut off, and a line that is not whole.</summary>
    internal static LogFile Open(string path, long lastStep)
    {
        long end = 0;
        if (File.Exists(path))
        {
            string[] lines = File.ReadAllText(path).Split('\n');
            foreach (string line in lines.AsSpan()[..^1]) // behind the last line break there is none
            {
                if (RunFolder.Report(line) is not { } report || report.Step > lastStep) break;
                end += Encoding.UTF8.GetByteCount(line) + 1;
            }
        }

        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.SetLength(end);
        file.Position = end;
        return new LogFile(file);
    }

    /// <summary>Appends a line, and those that wait.</summary>
    public void Add(TrainingProgress report)
    {
        _waiting.Add(report);
        long end = _file.Position;
        try
        {
            _file.Write(Lines(_waiting));
            _file.Flush(flushToDisk: true);
            _waiting.Clear();
        }
        catch (IOException)
        {
            _file.Position = end;
            _file.SetLength(end);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[] Lines(IEnumerable<TrainingProgress> reports) =>
        Encoding.UTF8.GetBytes(string.Concat(reports.Select(report => RunFolder.LogLine(report) + "\n")));
}
