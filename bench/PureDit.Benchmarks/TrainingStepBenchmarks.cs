using BenchmarkDotNet.Attributes;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Benchmarks;

/// <summary>How fast is a training step: forward, backward, AdamW, moving average? Warm, it should allocate nothing.</summary>
public class TrainingStepBenchmarks
{
    private const float LearningRate = 1e-6f; // the weights hardly move, however many steps are timed
    private static readonly AdamWSettings s_settings = new();
    private Dictionary<SimdLevel, Tape> _tapes = [];
    private Tape _parallel = null!;
    private DiT _model = null!;
    private float[] _x = [], _target = [], _timesteps = [];

    /// <summary>The default of <c>train gp</c>, and a larger model.</summary>
    public static IEnumerable<DiTWorkload> Workloads =>
    [
        new("DiT-Nano", DiTPresets.Nano(new SequenceLayout(16, 4)), Batch: 128, Passes: 3),
        new("DiT-Tiny", DiTPresets.Tiny(new SequenceLayout(64, 8)), Batch: 16, Passes: 3),
    ];

    /// <summary>Model and batch.</summary>
    [ParamsSource(nameof(Workloads))]
    public DiTWorkload Workload { get; set; } = null!;

    /// <summary>Checks that every width and any number of threads gives the same gradient, and that it is not trivial.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _model = Workload.Create();
        _model.Parameters.EnableTraining(average: true);
        int values = _model.Config.Input.BatchShape(Workload.Batch, _model.Config.Input.DataChannels).Count;
        (_x, _target) = (new float[values], new float[values]);
        new Philox(seed: 2, PhiloxStream.Data).FillNormal(step: 0, sample: 0, _x);
        new Philox(seed: 2, PhiloxStream.Noise).FillNormal(step: 0, sample: 0, _target);
        _timesteps = [.. Enumerable.Range(0, Workload.Batch).Select(i => 1000f * i / Workload.Batch)];
        _tapes = SimdLevels.Supported.ToDictionary(level => level, level => new Tape(new Cpu(1, level), record: true));
        _parallel = new Tape(Cpu.AllCores, record: true);

        double[] expected = [.. Gradient(_tapes[SimdLevel.Vector128]).ToArray().Select(g => (double)g)];
        if (expected.All(g => g == 0)) throw new InvalidOperationException("The gradient is zero. Nothing was timed.");
        foreach (Tape tape in (IEnumerable<Tape>)[.. _tapes.Values, _parallel])
        {
            KernelBenchmarks.Check(expected, Gradient(tape), $"{Workload}, {tape.Cpu.Simd}, {tape.Cpu.Threads} threads");
        }
    }

    /// <summary>One thread, four floats at a time.</summary>
    [Benchmark(Baseline = true)]
    public void Simd128() => Step(_tapes[SimdLevel.Vector128]);

    /// <summary>One thread, eight floats at a time.</summary>
    [Benchmark]
    public void Simd256() => Step(_tapes[SimdLevel.Vector256]);

    /// <summary>One thread, sixteen floats at a time.</summary>
    [Benchmark]
    public void Simd512() => Step(_tapes[SimdLevel.Vector512]);

    /// <summary>All processors, the widest vectors.</summary>
    [Benchmark]
    public void Parallel() => Step(_parallel);

    private Span<float> Gradient(Tape tape)
    {
        tape.Begin();
        Shape shape = _model.Config.Input.BatchShape(Workload.Batch, _model.Config.Input.DataChannels);
        Variable prediction = _model.Forward(tape, tape.Input(shape, _x), _timesteps, []);
        Variable loss = tape.MeanSquaredError(prediction, tape.Input(shape, _target));
        _model.Parameters.ZeroGradients();
        tape.Backward(loss);
        return _model.Parameters.Trained(ParameterBlock.Gradients);
    }

    private void Step(Tape tape)
    {
        Span<float> gradients = Gradient(tape), weights = _model.Parameters.Trained(ParameterBlock.Weights);
        AdamW.Step(
            tape.Cpu, s_settings, step: 1, LearningRate, weights, gradients,
            _model.Parameters.Trained(ParameterBlock.FirstMoments), _model.Parameters.Trained(ParameterBlock.SecondMoments));
        Ema.Update(tape.Cpu, weights, 0.999f, _model.Parameters.Trained(ParameterBlock.Average));
    }
}
