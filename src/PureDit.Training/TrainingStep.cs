// One step of training: forward, backward, clip, AdamW, average. Warm, it allocates no managed memory.

using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Trains a network one step at a time on batches that are a function of (seed, step).</summary>
internal sealed class TrainingStep
{
    private readonly TrainingConfig _config;
    private readonly AdamWSettings _settings;
    private readonly Cpu _cpu;
    private readonly INetwork _model;
    private readonly Tape _tape;
    private readonly DiffusionBatch _batch;
    private readonly double[] _losses;
    private readonly Shape _shape;

    public TrainingStep(TrainingConfig config, IDiffusionModel model, float[] sequences, Cpu cpu)
    {
        (_config, _model, _cpu) = (config, model.Network, cpu);
        InputLayout input = _model.Input;
        _shape = input.BatchShape(config.Batch, input.DataChannels);
        _settings = new AdamWSettings(config.Beta1, config.Beta2, WeightDecay: config.WeightDecay);
        _tape = new Tape(cpu, record: true, recompute: config.Recompute);
        _batch = new DiffusionBatch(
            sequences, _shape.Count / config.Batch, config.Batch, model.Schedule, model.Objective, config.TimePower, (ulong)config.Seed);
        _losses = new double[config.Batch];
        if (!_model.Parameters.IsTraining) _model.Parameters.EnableTraining(average: config.EmaDecay > 0);
    }

    /// <summary>Schedule times of the last batch, 0 to 1.</summary>
    public ReadOnlySpan<double> Times => _batch.Times;

    /// <summary>Losses per value of the last batch's samples.</summary>
    public ReadOnlySpan<double> Losses => _losses;

    /// <summary>Norm of the last gradient, before clipping.</summary>
    public double GradientNorm { get; set; }

    /// <summary>Updates done: Adam's t, and the age of the average.</summary>
    public long Updates { get; set; }

    // [doc:training-step]
    /// <summary>Runs one step, numbered from 0.</summary>
    /// <returns>Null; or what was not finite, and then nothing has been updated.</returns>
    public string? Run(long step, double learningRate)
    {
        ParameterStore parameters = _model.Parameters;
        _batch.Draw(step);

        _tape.Begin();
        Variable x = _tape.Input(_shape, _batch.X), target = _tape.Input(_shape, _batch.Target);
        Variable prediction = _model.Forward(_tape, x, _batch.Timesteps);
        Variable loss = _tape.MeanSquaredError(prediction, target, perSample: _losses);
        if (!float.IsFinite(loss.Data[0])) return FirstBadInput();

        parameters.ZeroGradients();
        _tape.Backward(loss);

        Span<float> gradients = parameters.Trained(ParameterBlock.Gradients);
        GradientNorm = Math.Sqrt(Reductions.SumOfSquares(_cpu, gradients));
        if (!double.IsFinite(GradientNorm)) return NonFinite.First(parameters, ParameterBlock.Gradients, "the gradient of") ?? "the norm of the gradient";
        double clip = _config.ClipNorm > 0 && GradientNorm > _config.ClipNorm ? _config.ClipNorm / GradientNorm : 1;

        double decay = Math.Min(_config.EmaDecay, (1.0 + Updates) / (10.0 + Updates)); // young averages forget faster
        AdamW.Step(
            _cpu, _settings, (int)++Updates, (float)learningRate, parameters.Trained(ParameterBlock.Weights), gradients,
            parameters.Trained(ParameterBlock.FirstMoments), parameters.Trained(ParameterBlock.SecondMoments),
            parameters.HasAverage ? parameters.Trained(ParameterBlock.Average) : [], (float)decay, gradientScale: (float)clip);
        return null;
    }
    // [/doc:training-step]

    /// <summary>Replaces the weights by their moving average, if there is one: the end of training.</summary>
    public void TakeAverage()
    {
        ParameterStore parameters = _model.Parameters;
        if (parameters.HasAverage) parameters.Trained(ParameterBlock.Average).CopyTo(parameters.Trained(ParameterBlock.Weights));
    }

    private string FirstBadInput() =>
        NonFinite.First(_model.Parameters, ParameterBlock.Weights, "the weight")
        ?? (NonFinite.Any(_batch.X) ? "a sequence of the batch" : "the loss");
}
