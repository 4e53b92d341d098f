// What an experiment that trains networks is given to work with. Its work is cut into parts by what each costs, and parts
// into parts: training, drawing and scoring of one network each tell how far they are as shares of the whole experiment.

using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Who is told how far an experiment is, where its networks are kept until it is finished, who may end it.</summary>
public sealed class Workbench
{
    private readonly IProgress<double>? _progress;
    private readonly Func<string, CheckpointFolder>? _checkpoints;
    private readonly double _from, _to = 1;

    /// <summary>The workbench of a whole experiment.</summary>
    /// <param name="progress">Is told the share that is done, 0 to 1, never falling.</param>
    /// <param name="checkpoints">Opens the folder of a network by its name, one word; null where networks are not kept.</param>
    /// <param name="cancellation">Ends the experiment with an <see cref="OperationCanceledException"/>.</param>
    public Workbench(IProgress<double>? progress = null, Func<string, CheckpointFolder>? checkpoints = null, CancellationToken cancellation = default) =>
        (_progress, _checkpoints, Cancellation) = (progress, checkpoints, cancellation);

    private Workbench(Workbench whole, double from, double to)
        : this(whole._progress, whole._checkpoints, whole.Cancellation) => (_from, _to) = (from, to);

    /// <summary>Ends the work.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The folder of checkpoints of a network, for the caller to close; null where networks are not kept.</summary>
    /// <param name="network">Its name, the experiment's own: one word.</param>
    public CheckpointFolder? Checkpoints(string network) => _checkpoints?.Invoke(network);

    /// <summary>Tells how much of this work is done, 0 to 1.</summary>
    public void Report(double done) => _progress?.Report(At(done));

    /// <summary>Parts of this work, one after the other.</summary>
    /// <param name="costs">What each costs, in any unit, 0 or more.</param>
    public Workbench[] Parts(params IReadOnlyList<double> costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        double total = costs.Sum(), before = 0;
        return [.. costs.Select((cost, i) =>
        {
            double from = At(before / total);
            before += cost;
            return new Workbench(this, from, At(i == costs.Count - 1 ? 1 : before / total));
        })];
    }

    /// <summary>Hears of something that knows its own progress.</summary>
    /// <param name="share">The share that is done, 0 to 1.</param>
    public IProgress<T> Hears<T>(Func<T, double> share) => new Listener<T>(this, share);

    // Never beyond the end, whatever the rounding.
    private double At(double share) => share >= 1 ? _to : Math.Min(_to, _from + ((_to - _from) * share));

    private sealed class Listener<T>(Workbench bench, Func<T, double> share) : IProgress<T>
    {
        public void Report(T value) => bench.Report(share(value));
    }
}
