// A checkpoint that has been read and found whole, without its tensors: those are read when a run goes on from it.

using System.Text.Json.Nodes;
using PureDit.Autodiff;
using PureDit.Formats;

namespace PureDit.Training;

/// <summary>A run as it stood between two steps.</summary>
public sealed class Checkpoint
{
    internal Checkpoint(string path, TrainingConfig config, string sequences, string numerics, TrainingState state) =>
        (Path, Config, Sequences, Numerics, State) = (path, config, sequences, numerics, state);

    /// <summary>Path of its file.</summary>
    public string Path { get; }

    /// <summary>The configuration it was trained with.</summary>
    public TrainingConfig Config { get; }

    /// <summary>Steps done.</summary>
    public long Step => State.Step;

    /// <summary>Step of the last report that it knows of; lines of a log behind it will be written again.</summary>
    public long ReportedStep => State.Reported;

    /// <summary>SHA-256 of the training sequences.</summary>
    internal string Sequences { get; }

    /// <summary>Version of what the bits of a step depend on.</summary>
    internal string Numerics { get; }

    internal TrainingState State { get; }

    /// <summary>Whether a run with a configuration can go on from here; with every field but those that change no number the same.</summary>
    /// <param name="config">The configuration to go on with.</param>
    /// <param name="overrides">Fields that may have changed all the same.</param>
    /// <exception cref="ChangedConfigurationException">A field has changed; the message gives its old and its new value.</exception>
    public void Check(TrainingConfig config, IReadOnlyCollection<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        JsonObject old = Fields(Config), now = Fields(config);
        List<string> names = [], changes = [];
        bool possible = true;
        foreach (TrainingField field in TrainingFields.All)
        {
            if (field.Change == FieldChange.Free || JsonNode.DeepEquals(old[field.Name], now[field.Name])) continue;
            if (field.Change == FieldChange.Overridden && overrides.Contains(field.Name)) continue;
            possible &= field.Change == FieldChange.Overridden;
            names.Add(field.Name);
            changes.Add($"{field.Name} was {Shown(old[field.Name])} and is to be {Shown(now[field.Name])}");
        }

        if (names.Count == 0) return;
        string verdict = possible ? "" : "; what the model's tensors or its data are made of cannot change";
        throw new ChangedConfigurationException($"{Path}: {string.Join("; ", changes)}{verdict}", possible ? names : []);
    }

    /// <summary>Whether the data, and what computes with them, are the same.</summary>
    internal void CheckSequences(string sequences, IReadOnlyCollection<string> overrides)
    {
        if (Sequences != sequences && !overrides.Contains(CheckpointFile.SequencesName))
        {
            throw new ChangedConfigurationException($"{Path}: the training sequences are not those it was trained on", [CheckpointFile.SequencesName]);
        }

        if (Numerics != CheckpointFile.Numerics && !overrides.Contains(CheckpointFile.NumericsName))
        {
            throw new ChangedConfigurationException(
                $"{Path}: written by a library with numerics {Numerics}, this one has {CheckpointFile.Numerics}: its steps have other bits", [CheckpointFile.NumericsName]);
        }
    }

    /// <summary>Copies weights, average and moments into a store that is set up for training.</summary>
    /// <returns>The rest of the state, the caller's own.</returns>
    internal TrainingState Restore(ParameterStore store, IFileOperations files) => CheckpointFile.Restore(this, store, files);

    private static JsonObject Fields(TrainingConfig config) => JsonNode.Parse(TrainingFields.Write(config))!.AsObject();

    private static string Shown(JsonNode? value) => value?.ToJsonString() ?? "null";
}
