// A DiT with its weights. The weights are not those of a fresh model, whose zeroed modulations would leave every block
// without effect, and whose final layer would leave no gradient.
//
// How it is checked: another vector width and, where there are several threads, one thread give the same bits; and a
// training step's gradient g agrees with the loss itself, L(w + h·g) − L(w − h·g) = 2h·|g|² + O(h³). The model is held
// against loops in double by the tests of PureDit.Nn, at sizes where such loops end.

using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Benchmarking;

internal sealed class DiTWork
{
    private const float LearningRate = 0; // the same work, and every step starts from the same weights
    private const double RelativeChange = 2e-3, DerivativeTolerance = 0.05; // of the loss: above rounding, below curvature
    private static readonly AdamWSettings s_settings = new();

    private readonly DiTCase _which;
    private readonly string _name;
    private readonly DiT _model;
    private readonly Tape _tape;
    private readonly float[] _x, _target, _timesteps, _prediction;
    private readonly int[] _labels;
    private readonly Shape _input, _output;

    private DiTWork(DiTCase which, string name, Cpu cpu)
    {
        (_which, _name) = (which, name);
        DiTConfig config = which.Config;
        _model = new DiT(config, seed: 1);
        for (int i = 0; i < _model.Parameters.Parameters.Count; i++) Buffers.FillNormal(_model.Parameters.Parameters[i].Data, i, 0.02f);
        if (which.Train) _model.Parameters.EnableTraining(average: false);
        else _model.PackForInference(cpu);
        (_input, _output) = (config.Input.BatchShape(which.Batch, config.Input.DataChannels), config.Input.BatchShape(which.Batch, config.OutputChannels));
        (_x, _target, _prediction) = (new float[_input.Count], new float[which.Train ? _output.Count : 0], new float[_output.Count]);
        Buffers.FillNormal(_x, 0);
        Buffers.FillNormal(_target, 1);
        _timesteps = [.. Enumerable.Range(0, which.Batch).Select(i => 999f * (i + 1) / which.Batch)];
        _labels = config.Classes == 0 ? [] : [.. Enumerable.Range(0, which.Batch).Select(i => i % config.Classes)];
        _tape = new Tape(cpu, which.Train);
    }

    public static PreparedWork Prepare(DiTCase which, string name, Cpu cpu)
    {
        DiTWork work = new(which, name, cpu);
        return which.Train
            ? new(work.Step, work.CheckStep, () => work.Trained(ParameterBlock.Gradients))
            : new(work.Predict, work.CheckPrediction, () => work._prediction);
    }

    private Span<float> Trained(ParameterBlock block) => _model.Parameters.Trained(block);

    private void Predict()
    {
        _tape.Begin();
        Forward(_tape).Data.CopyTo(_prediction);
    }

    private void Step()
    {
        _model.Parameters.ZeroGradients();
        _tape.Backward(Loss(_tape));
        AdamW.Step(
            _tape.Cpu, s_settings, step: 1, LearningRate, Trained(ParameterBlock.Weights), Trained(ParameterBlock.Gradients),
            Trained(ParameterBlock.FirstMoments), Trained(ParameterBlock.SecondMoments));
    }

    private Variable Forward(Tape tape) => _model.Forward(tape, tape.Input(_input, _x), _timesteps, _labels);

    private Variable Loss(Tape tape)
    {
        tape.Begin();
        return tape.MeanSquaredError(Forward(tape), tape.Input(_output, _target));
    }

    private void CheckPrediction()
    {
        Tape other = new(Other(_tape.Cpu), record: false);
        other.Begin();
        Judge.SameBits(Forward(other).Data, _prediction, _name);
    }

    private void CheckStep()
    {
        float[] gradient = Trained(ParameterBlock.Gradients).ToArray();
        _model.Parameters.ZeroGradients();
        Tape other = new(Other(_tape.Cpu), record: true);
        Variable at = Loss(other);
        double loss = at.Data[0];
        other.Backward(at);
        Judge.SameBits(Trained(ParameterBlock.Gradients), gradient, _name + ", gradient");

        double squared = Reductions.SumOfSquares(_tape.Cpu, gradient);
        float h = (float)(RelativeChange * loss / squared);
        Elementwise.Axpy(_tape.Cpu, h, gradient, Trained(ParameterBlock.Weights));
        double above = Loss(_tape).Data[0];
        Elementwise.Axpy(_tape.Cpu, -2 * h, gradient, Trained(ParameterBlock.Weights));
        double below = Loss(_tape).Data[0];
        Elementwise.Axpy(_tape.Cpu, h, gradient, Trained(ParameterBlock.Weights));
        double slope = (above - below) / (2 * h * squared);
        if (Math.Abs(slope - 1) <= DerivativeTolerance) return;
        throw new WrongResultException(
            $"{_name}: along its gradient the loss should change by {2 * h * squared:G4}, it changed by {above - below:G4}; it was not timed.");
    }

    // The narrower neighbour where there is one, since the narrowest would take too long; else one thread of the same.
    private static Cpu Other(Cpu cpu)
    {
        SimdLevel[] levels = [.. SimdLevels.Supported];
        int at = Array.IndexOf(levels, cpu.Simd);
        return levels.Length == 1 ? new Cpu(1, cpu.Simd) : new Cpu(cpu.Threads, levels[at + 1 < levels.Length ? at + 1 : at - 1]);
    }
}
