// The loop: steps until their number, the time or the caller says stop; a report every few of them, a checkpoint every
// few more. A step whose loss or gradient is not finite changes nothing but the counters: the next batch is another one.
// Begun anew or gone on from a checkpoint, it is the same loop over the same state.

using PureDit.Inference;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>One run of training.</summary>
internal sealed class TrainingRun
{
    /// <summary>Skipped updates in a row that end a run.</summary>
    public const int MostSkippedInARow = 10;

    private readonly TrainingConfig _config;
    private readonly IDiffusionModel _model;
    private readonly TimeProvider _clock;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CheckpointFolder? _checkpoints;
    private readonly Cpu _cpu;
    private readonly LearningRateSchedule _learningRate;
    private readonly TrainingStep _step;
    private readonly LossByTime _losses;
    private readonly TrainingState _state;
    private readonly string _sequences;
    private readonly long _start;
    private readonly double _before;
    private readonly List<TrainingProgress> _history = [];
    private long _saved;

    public TrainingRun(
        TrainingConfig config, IDiffusionModel model, SequenceData data, TimeProvider clock,
        IProgress<TrainingProgress>? progress, CheckpointFolder? checkpoints)
    {
        (_config, _model, _clock, _progress, _checkpoints) = (config, model, clock, progress, checkpoints);
        _cpu = new(config.Threads == 0 ? Environment.ProcessorCount : config.Threads);
        _learningRate = new(config.LearningRate, config.WarmupSteps, config.FinalLearningRate);
        _sequences = checkpoints is null ? "" : CheckpointFile.Digest(data.Training);
        checkpoints?.Latest?.Check(config, checkpoints.Overrides);
        checkpoints?.Latest?.CheckSequences(_sequences, checkpoints.Overrides);
        _step = new(config, model, data.Training, _cpu);
        _state = checkpoints?.Latest?.Restore(model.Network.Parameters, checkpoints.Files) ?? new();
        (_step.Updates, _step.GradientNorm) = (_state.Updates, _state.GradientNorm);
        _losses = new(data.Judge, model, _state);
        (_saved, _before) = (_state.Step, _state.Seconds);
        if (checkpoints?.Latest is { } latest && (latest.Config.Steps, latest.Config.Minutes) != (config.Steps, config.Minutes)) _state.Done = 0;
        _start = clock.GetTimestamp();
    }

    // [doc:training-loop]
    public TrainingSummary Run(CancellationToken cancellation)
    {
        TrainingEnd? end = _state.Step == 0 ? null : Over(); // a run that was over has nothing left to do
        while (end is null)
        {
            Step();
            end = Over() ?? (cancellation.IsCancellationRequested ? TrainingEnd.Cancelled : null);
            bool diverged = _state.SkippedInARow == MostSkippedInARow;
            if (diverged || _state.Step % _config.LogEvery == 0) Report(end);
            if (diverged) throw new TrainingDivergedException(_history[^1].Skipped![^1], MostSkippedInARow);
            if (end is null && CheckpointIsDue) Save(last: false);
        }

        if (_saved != _state.Step) Save(last: true); // before the last report takes what the next one would hold
        if (_state.Reported != _state.Step) Report(end);
        _step.TakeAverage();
        double finalLoss = _history.TakeLast(Math.Max(1, _history.Count / 10)).Select(report => report.Loss).DefaultIfEmpty(double.NaN).Average();
        return new(_state.Step, Seconds, finalLoss, _losses.OptimalMean, end.Value, _history);
    }
    // [/doc:training-loop]

    private double Seconds => _before + _clock.GetElapsedTime(_start).TotalSeconds;

    // Not between skipped updates: a run could not get out of them by going back.
    private bool CheckpointIsDue => _config.CheckpointEvery > 0 && _state.Step % _config.CheckpointEvery == 0 && _state.SkippedInARow == 0;

    // [doc:training-skip]
    private void Step()
    {
        long k = _state.Step;
        _state.Done = Math.Max(_state.Done, k / StepsThatFit(k, Seconds));
        _state.LearningRate = _learningRate.At(k, _state.Done);
        string? bad = _step.Run(k, _state.LearningRate);
        _state.GradientNorm = _step.GradientNorm;
        _state.Updates = _step.Updates;
        _state.Step++; // also of a skipped update: the next batch is another one
        if (bad is null)
        {
            _losses.Add(_step.Times, _step.Losses);
            _state.SkippedInARow = 0;
            return;
        }

        _state.Unreported.Add(new(k, _config.Seed, bad));
        _state.Skipped++;
        _state.SkippedInARow++;
    }
    // [/doc:training-skip]

    private TrainingEnd? Over() =>
        _state.Step >= _config.Steps ? TrainingEnd.Steps
        : _config.Minutes > 0 && Seconds >= 60 * _config.Minutes ? TrainingEnd.Time
        : null;

    private void Report(TrainingEnd? end)
    {
        double seconds = Seconds;
        double done = end is TrainingEnd.Steps or TrainingEnd.Time ? 1 : Math.Max(_state.Done, _state.Step / StepsThatFit(_state.Step, seconds));
        (double mean, double[] byTime) = _losses.Take();
        TrainingProgress report = new(_state.Step, mean, _losses.OptimalMean, _state.GradientNorm, _state.LearningRate, seconds, done, byTime, _losses.Optimal)
        {
            Skipped = _state.Unreported.Count == 0 ? null : [.. _state.Unreported],
        };
        _state.Unreported.Clear();
        _state.Reported = _state.Step;
        _history.Add(report);
        _progress?.Report(report);
    }

    private void Save(bool last)
    {
        if (_checkpoints is null) return;
        _state.Seconds = Seconds;
        _checkpoints.Save(_cpu, _model.Network.Parameters, _state, _config, _sequences, last);
        _saved = _state.Step;
    }

    // Steps of the whole run. The clock has a say only where the limit will be missed at the speed so far; elsewhere the
    // learning rate, and with it every weight, is a function of the seed alone. The first quarter is too early to tell.
    private double StepsThatFit(long step, double seconds)
    {
        double limit = 60 * _config.Minutes;
        return limit > 0 && seconds > 0.25 * limit ? Math.Min(_config.Steps, step * limit / seconds) : _config.Steps;
    }
}
