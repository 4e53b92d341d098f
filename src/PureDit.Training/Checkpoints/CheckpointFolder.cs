// The checkpoints of one run:  ckpt-00001234.safetensors, newest last. Nothing points to the newest: names are scanned,
// and the first file, from the newest down, whose every byte checks out is the one to go on from. Older ones are removed
// only when a newer one is safely on the disk, and at least two are kept: a device that loses the newest leaves one.

using System.Globalization;
using System.Text.RegularExpressions;
using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>A folder of checkpoints, open for one trainer.</summary>
public sealed partial class CheckpointFolder : IDisposable
{
    /// <summary>Failures in a row to write a checkpoint after which training ends.</summary>
    public const int MostFailures = 3;

    private readonly RunLock _lock;
    private readonly CheckpointOptions _options;
    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);
    private int _failures;

    private CheckpointFolder(string path, CheckpointOptions options, RunLock held) => (FolderPath, _options, _lock) = (path, options, held);

    /// <summary>Path of the folder.</summary>
    public string FolderPath { get; }

    /// <summary>The newest whole checkpoint; null where there is none.</summary>
    public Checkpoint? Latest { get; private set; }

    internal IFileOperations Files => _options.Files;

    internal IReadOnlyCollection<string> Overrides => _options.Overrides;

    // [doc:checkpoint-open]
    /// <summary>Opens a folder, makes it if it is not there, and finds the newest whole checkpoint in it.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <param name="options">The disk, who is told of damage, what may have changed; null for the standard.</param>
    /// <exception cref="RunInUseException">Another trainer has it open.</exception>
    /// <exception cref="IOException">The folder cannot be made or written to.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static CheckpointFolder Open(string path, CheckpointOptions? options = null)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(full);
        CheckpointFolder folder = new(full, options ?? new(), RunLock.Take(full));
        try
        {
            TemporaryFile.RemoveStale(full, folder.Files); // what a killed trainer was writing
            folder.Latest = folder.NewestWhole();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private Checkpoint? NewestWhole()
    {
        foreach (string name in Names())
        {
            try
            {
                Checkpoint checkpoint = CheckpointFile.Read(Path.Combine(FolderPath, name), Files);
                if (_damaged.Count > 0) Notice($"going on from {name} instead");
                return checkpoint;
            }
            catch (Exception e) when (e is SafetensorsException or DiTFileException or IOException or UnauthorizedAccessException)
            {
                _damaged.Add(name);
                Notice($"{e.Message}; passed over");
            }
        }

        return null;
    }
    // [/doc:checkpoint-open]

    /// <summary>Writes a checkpoint, then removes those that are no longer kept.</summary>
    /// <param name="cpu">Looks for numbers that are not finite.</param>
    /// <param name="store">Weights, average, moments.</param>
    /// <param name="state">The rest of the state.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="sequences">SHA-256 of the training sequences.</param>
    /// <param name="last">Whether there will be no later one, so that a failure cannot be made good.</param>
    /// <exception cref="CheckpointException">It cannot be written, and it is the last or the third in a row.</exception>
    internal void Save(Cpu cpu, ParameterStore store, TrainingState state, TrainingConfig config, string sequences, bool last)
    {
        if (NonFinite.InState(cpu, store) is { } bad)
        {
            Notice($"no checkpoint of step {state.Step}: {bad} is not finite; {LastGood}");
            return;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"ckpt-{state.Step:D8}.safetensors");
        try
        {
            Latest = CheckpointFile.Write(Path.Combine(FolderPath, name), store, state, config, sequences, Files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(name, CheckpointFile.Bytes(store), e, last);
            return;
        }

        _failures = 0;
        _damaged.Remove(name);
        Retain(Math.Max(2, config.Keep));
    }

    /// <summary>Lets another trainer open the folder.</summary>
    public void Dispose() => _lock.Dispose();

    private string LastGood => Latest?.Step is { } step
        ? string.Create(CultureInfo.InvariantCulture, $"the last good checkpoint is that of step {step}")
        : "there is no checkpoint yet";

    private void Fail(string name, long bytes, Exception e, bool last)
    {
        _failures++;
        string free = Files.FreeBytes(FolderPath) is { } left ? string.Create(CultureInfo.InvariantCulture, $", {left / 1e6:0.0} MB are free") : "";
        string message = string.Create(CultureInfo.InvariantCulture, $"cannot write {Path.Combine(FolderPath, name)}: {e.Message} ({bytes / 1e6:0.0} MB are needed{free}); {LastGood}");
        if (last) throw new CheckpointException(message, e);
        if (_failures == MostFailures) throw new CheckpointException($"{message}; training ends after {MostFailures} failures in a row", e);
        Notice($"{message}; training continues and tries again");
    }

    // Newest first. Damaged ones do not count as kept, and go when they have become old.
    private void Retain(int keep)
    {
        try
        {
            int kept = 0;
            foreach (string name in Names())
            {
                if (StepOf(name) > Latest!.Step) continue; // damaged, and not yet written again
                if (!_damaged.Contains(name) && ++kept <= keep) continue;
                Files.Delete(Path.Combine(FolderPath, name));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Notice($"cannot remove an old checkpoint: {e.Message}");
        }
    }

    private IEnumerable<string> Names() => Files.List(FolderPath).Where(name => Form().IsMatch(name)).OrderByDescending(StepOf);

    private static long StepOf(string name) => long.Parse(Form().Match(name).Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private void Notice(string text) => _options.Notices?.Report(text);

    [GeneratedRegex(@"^ckpt-([0-9]{8,18})\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
