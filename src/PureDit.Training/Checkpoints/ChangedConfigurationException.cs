namespace PureDit.Training;

/// <summary>A run cannot simply go on: something that decides its numbers is not what it was.</summary>
public sealed class ChangedConfigurationException : Exception
{
    internal ChangedConfigurationException(string message, IReadOnlyList<string> names)
        : base(message) => Names = names;

    /// <summary>What to name in <see cref="CheckpointOptions.Overrides"/> to go on all the same; empty where that cannot be.</summary>
    public IReadOnlyList<string> Names { get; }
}
