using PureDit.Formats;

namespace PureDit.Training;

/// <summary>How checkpoints are kept.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The disk. The standard one cannot flush folders: a power cut may then lose the newest checkpoint, never the one before.</summary>
    public IFileOperations Files { get; init; } = DiskFiles.Managed;

    /// <summary>Told, in a sentence, what goes wrong and does not end training: a damaged checkpoint that is passed over, one that could not be written.</summary>
    public IProgress<string>? Notices { get; init; }

    /// <summary>
    /// Fields of the configuration that may have changed although they decide the numbers; also <c>sequences</c>, for
    /// other training data, and <c>numerics</c>, for a version of the library that computes other bits.
    /// </summary>
    public IReadOnlyCollection<string> Overrides { get; init; } = [];

    /// <summary>What <see cref="Overrides"/> may name beside fields of the configuration.</summary>
    public static IReadOnlyList<string> OtherOverrides { get; } = [CheckpointFile.SequencesName, CheckpointFile.NumericsName];
}
