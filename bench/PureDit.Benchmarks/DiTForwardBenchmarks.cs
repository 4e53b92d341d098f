using BenchmarkDotNet.Attributes;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Benchmarks;

/// <summary>How fast does a DiT predict? Four floats at a time on one thread is the baseline: there is no naive DiT.</summary>
public class DiTForwardBenchmarks
{
    private Dictionary<SimdLevel, Tape> _tapes = [];
    private Tape _parallel = null!;
    private DiT _model = null!;
    private float[] _x = [], _timesteps = [];

    /// <summary>A sampler's batch of short sequences, a larger model, and a published one on one image.</summary>
    public static IEnumerable<DiTWorkload> Workloads =>
    [
        new("DiT-Nano", DiTPresets.Nano(new SequenceLayout(16, 4)), Batch: 256, Passes: 1),
        new("DiT-Tiny", DiTPresets.Tiny(new SequenceLayout(64, 8)), Batch: 32, Passes: 1),
        new("DiT-S/2", DiTPresets.Published("DiT-S/2", classes: 0), Batch: 1, Passes: 1),
    ];

    /// <summary>Model and batch.</summary>
    [ParamsSource(nameof(Workloads))]
    public DiTWorkload Workload { get; set; } = null!;

    /// <summary>Checks that every width and any number of threads gives the same prediction, and that it is not trivial.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _model = Workload.Create();
        _x = new float[_model.Config.Input.BatchShape(Workload.Batch, _model.Config.Input.DataChannels).Count];
        new Philox(seed: 2, PhiloxStream.Data).FillNormal(step: 0, sample: 0, _x);
        _timesteps = [.. Enumerable.Range(0, Workload.Batch).Select(i => 1000f * i / Workload.Batch)];
        _tapes = SimdLevels.Supported.ToDictionary(level => level, level => new Tape(new Cpu(1, level), record: false));
        _parallel = new Tape(Cpu.AllCores, record: false);

        double[] expected = [.. Predict(_tapes[SimdLevel.Vector128]).Data.ToArray().Select(y => (double)y)];
        if (expected.All(y => y == 0)) throw new InvalidOperationException("The prediction is zero. Nothing was timed.");
        foreach (Tape tape in (IEnumerable<Tape>)[.. _tapes.Values, _parallel])
        {
            KernelBenchmarks.Check(expected, Predict(tape).Data, $"{Workload}, {tape.Cpu.Simd}, {tape.Cpu.Threads} threads");
        }
    }

    /// <summary>One thread, four floats at a time.</summary>
    [Benchmark(Baseline = true)]
    public void Simd128() => Predict(_tapes[SimdLevel.Vector128]);

    /// <summary>One thread, eight floats at a time.</summary>
    [Benchmark]
    public void Simd256() => Predict(_tapes[SimdLevel.Vector256]);

    /// <summary>One thread, sixteen floats at a time.</summary>
    [Benchmark]
    public void Simd512() => Predict(_tapes[SimdLevel.Vector512]);

    /// <summary>All processors, the widest vectors.</summary>
    [Benchmark]
    public void Parallel() => Predict(_parallel);

    private Variable Predict(Tape tape)
    {
        tape.Begin();
        Variable x = tape.Input(_model.Config.Input.BatchShape(Workload.Batch, _model.Config.Input.DataChannels), _x);
        return _model.Forward(tape, x, _timesteps, []);
    }
}
