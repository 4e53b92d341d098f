using PureDit.Training;

namespace PureDit.Cli;

/// <summary>The sequences that a configuration names.</summary>
internal static class TrainingSequences
{
    /// <summary>Draws or reads them.</summary>
    public static SequenceData Load(TrainingConfig config) => GaussianProcessData.Draw(config);
}
