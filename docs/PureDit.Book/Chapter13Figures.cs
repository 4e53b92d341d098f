// Experiments of chapter 13: numbers by hand, the ladder, three runs of different length with their figures, the error
// budget, equal bits, and what breaks.

using System.Globalization;
using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Book;

public sealed class Chapter13Figures : IChapter
{
    private const int LadderSteps = 600;
    private static readonly int[] s_lengths = [250, 1000, 4000];

    private static readonly TrainingConfig s_config = new()
    {
        Frames = 8,
        Channels = 2,
        TrainingSequences = 4096,
        Width = 32,
        Depth = 2,
        Batch = 32,
        LearningRate = 4e-3,
        WarmupSteps = 50,
        Minutes = 0,
        LogEvery = 25,
        SamplerSteps = 20,
        Samples = 2048,
        EvaluationSequences = 512,
        Threads = 1,
    };

    public string Name => "13-training";

    public void Run(BookOutput output)
    {
        ByHand(output);
        Stratified(output);
        MovingAverages(output);
        Ladder(output);
        Lengths(output);
        Bits(output);
        Clock(output);
        Rates(output);
        ColdAverage(output);
    }

    private static void ByHand(BookOutput output)
    {
        AdamWSettings settings = new(Beta1: 0.9, Beta2: 0.99, Epsilon: 0);
        double[] w = [1], m = [0], v = [0];
        float[] w32 = [1], m32 = [0], v32 = [0];
        List<object[]> rows = [];
        double worst = 0;
        for (int step = 1; step <= 3; step++)
        {
            double g = new[] { 0.5, 0.1, -0.2 }[step - 1];
            Kernels.Reference.AdamW.Step(settings, step, 0.1, w, [g], m, v);
            AdamW.Step(Cpu.Serial, settings, step, 0.1f, w32, [(float)g], m32, v32);
            worst = Math.Max(worst, Math.Abs(w[0] - w32[0]));
            rows.Add([step, g, m[0], v[0], m[0] / (1 - Math.Pow(0.9, step)), v[0] / (1 - Math.Pow(0.99, step)), w[0]]);
        }

        output.Table(
            "13-adamw", [new("step"), new("g"), new("m"), new("v"), new("m̂", "0.0000"), new("v̂", "0.0000"), new("w", "0.0000")], rows);
        output.Text("13-adamw-check", string.Create(CultureInfo.InvariantCulture, $"kernel and reference differ by at most 1e-7: {worst <= 1e-7}"));
    }

    private static void Stratified(BookOutput output)
    {
        SequenceData data = GaussianProcessData.Draw(s_config with { TrainingSequences = 2 });
        UniformLogSnr schedule = new(s_config.MinTime, s_config.MaxTime);
        List<object[]> rows = [];
        foreach (PredictionKind kind in new[] { PredictionKind.Noise, PredictionKind.V })
        {
            double independent = BatchSpread.Of(data.Judge, kind, schedule, s_config.Batch, batches: 300, stratified: false);
            double stratified = BatchSpread.Of(data.Judge, kind, schedule, s_config.Batch, batches: 300, stratified: true);
            rows.Add([kind == PredictionKind.Noise ? "noise" : "v", independent, stratified, Math.Pow(independent / stratified, 2)]);
        }

        output.Table(
            "13-stratified", [new("objective"), new("independent times", "0.0000"), new("stratified times", "0.0000"), new("batches saved by (ratio of variances)", "0.0")], rows);
    }

    private static void MovingAverages(BookOutput output)
    {
        List<object[]> rows = [];
        foreach ((double decay, int steps) in new[] { (0.9999, 2000), (0.9999, 20000), (0.999, 2000), (0.999, 6000) })
        {
            rows.Add([
                decay.ToString("R", CultureInfo.InvariantCulture), steps, MovingAverage.ShareOfFirst(decay, steps, warmUp: false),
                MovingAverage.ShareOfFirst(decay, steps, warmUp: true), Math.Log(2) / -Math.Log(decay)]);
        }

        output.Table(
            "13-ema",
            [new("decay"), new("steps", "0"), new("share of the first weights", "G3"), new("with warm-up", "0.0e+0"), new("half-life in steps", "0")], rows);
        output.Numbers(
            "13-ema-numbers", ("share", MovingAverage.ShareOfFirst(0.9999, 2000, warmUp: false)), ("halfLife", Math.Log(2) / -Math.Log(0.9999)));
    }

    // Each rung changes one thing; three seeds show what is luck.
    private static void Ladder(BookOutput output)
    {
        TrainingConfig plain = s_config with { Steps = LadderSteps, WarmupSteps = 0, FinalLearningRate = 1, ClipNorm = 0, EmaDecay = 0 };
        TrainingConfig warm = plain with { WarmupSteps = 30 }, cosine = warm with { FinalLearningRate = 0.01 }, clipped = cosine with { ClipNorm = 1 };
        (string, TrainingConfig)[] rungs =
        [
            ("AdamW at a constant rate", plain), ("+ warm-up of 30 steps", warm), ("+ cosine down to 1 %", cosine),
            ("+ clipping at norm 1", clipped), ("+ moving average, 0.999", clipped with { EmaDecay = 0.999 }),
            ("moving average, but no cosine", clipped with { EmaDecay = 0.999, FinalLearningRate = 1 }),
            ("all, but predicting noise", clipped with { EmaDecay = 0.999, Objective = "noise" }),
        ];
        // Runs side by side, one thread each: the number of threads changes no result.
        double[] errors = new double[3 * rungs.Length];
        Parallel.For(0, errors.Length, i =>
        {
            TrainingConfig config = rungs[i / 3].Item2 with { Seed = i % 3 };
            errors[i] = ScoreError(Train(config).Model, config);
        });
        List<object[]> rows = [];
        for (int rung = 0; rung < rungs.Length; rung++)
        {
            double[] three = [.. errors.AsSpan(3 * rung, 3).ToArray().Order()];
            rows.Add([rungs[rung].Item1, three[1], three[0], three[2]]);
        }

        output.Table("13-ladder", [new("rung"), new("score error, middle of 3 seeds", "0.0000"), new("least", "0.0000"), new("greatest", "0.0000")], rows);
    }

    private static void Lengths(BookOutput output)
    {
        LongRun[] runs = new LongRun[s_lengths.Length];
        Parallel.For(0, runs.Length, i => runs[i] = LongRun.Of(s_config with { Steps = s_lengths[i], EvaluationSequences = 4096 }));
        output.Table(
            "13-lengths", [new("steps", "0"), new("excess loss on fresh sequences", "0.00000"), new("score error", "0.0000"), new("error of Γ in samples", "0.0000")],
            [.. runs.Select(run => (object[])
                [run.Config.Steps, run.Result.Score.Average(at => at.Loss - at.JudgeLoss), run.Result.RelativeScoreError, run.Result.Samples.Gamma])]);
        double[] times = [.. runs[0].Result.Score.Select(at => at.T)];
        output.Figure("13-score-error", new LineChart
        {
            Title = "Score error by diffusion time",
            X = new Axis("diffusion time t", AxisScale.Log),
            Y = new Axis("‖ŝ − s*‖ / ‖s*‖", AxisScale.Log),
            Curves =
            [
                .. runs.Select(run => new Curve($"{run.Config.Steps} steps", times, [.. run.Result.Score.Select(at => at.Value)]) { Mark = CurveMark.LineAndPoints }),
                new("plug-in of the training set", times, [.. runs[0].Result.PlugInScore.Select(at => at.Value)]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());
        runs[^1].Write(output);
    }

    private static void Bits(BookOutput output)
    {
        TrainingConfig config = s_config with { Steps = 20, Seed = 7 };
        float[] first = Weights(config with { Threads = 1 });
        List<object[]> rows = [];
        foreach ((string what, TrainingConfig other) in new[]
        {
            ("2 threads instead of 1", config with { Threads = 2 }), ("3 threads", config with { Threads = 3 }),
            ("the same again", config with { Threads = 1 }), ("log every 3 steps", config with { LogEvery = 3 }),
            ("another seed", config with { Seed = 8 }),
        })
        {
            float[] weights = Weights(other);
            int differing = weights.Where((w, i) => BitConverter.SingleToInt32Bits(w) != BitConverter.SingleToInt32Bits(first[i])).Count();
            rows.Add([what, differing, weights.Length]);
        }

        output.Table("13-bits", [new("changed"), new("weights that differ", "0"), new("of", "0")], rows);
    }

    // A machine whose clock says that every look at it costs some milliseconds.
    private sealed class SlowClock(long millisecondsPerLook) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now += millisecondsPerLook;
    }

    private static void Clock(BookOutput output)
    {
        TrainingConfig limited = s_config with { Steps = 100, Minutes = 0.01 }, free = limited with { Minutes = 0 };
        List<object[]> rows = [];
        foreach ((string what, TrainingConfig config, long look) in new[]
        {
            ("limit, never reached", limited, 2L), ("limit, reached", limited, 8L), ("no limit", free, 2L),
        })
        {
            float[] fast = Weights(config, new SlowClock(1), out _), slow = Weights(config, new SlowClock(look), out long steps);
            rows.Add([what, steps, fast.Zip(slow).Count(pair => pair.First != pair.Second), fast.Zip(slow).Max(pair => Math.Abs(pair.First - pair.Second))]);
        }

        output.Table(
            "13-clock",
            [new("configuration"), new("steps of the slower machine", "0"), new("weights that differ from the faster one's", "0"), new("largest difference", "0.0e+0")], rows);
    }

    private static void Rates(BookOutput output)
    {
        double[] rates = [4e-5, 4e-4, 4e-3, 4e-2, 0.4], errors = new double[rates.Length], excess = new double[rates.Length];
        Parallel.For(0, rates.Length, i =>
        {
            TrainingConfig config = s_config with { Steps = 200, LearningRate = rates[i] };
            (DiffusionModel model, TrainingSummary summary, _) = Train(config);
            (errors[i], excess[i]) = (ScoreError(model, config), summary.FinalLoss - summary.OptimalLoss);
        });
        output.Table(
            "13-rates", [new("peak rate", "0.#####"), new("loss above its minimum after 200 steps", "0.000"), new("score error", "0.000")],
            [.. rates.Select((rate, i) => (object[])[rate, excess[i], errors[i]])]);
    }

    private static void ColdAverage(BookOutput output)
    {
        TrainingConfig config = s_config with { Steps = 300 };
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        ParameterStore store = model.Network.Parameters;
        float[] cold = store.Trained(ParameterBlock.Weights).ToArray(), warm = [.. cold];
        SmallestLoop.Train(model, data.Training, config.Batch, config.Steps, rate: 2e-3f, step =>
        {
            ReadOnlySpan<float> weights = store.Trained(ParameterBlock.Weights);
            Ema.Update(Cpu.Serial, weights, 0.9999f, cold);
            Ema.Update(Cpu.Serial, weights, (float)Math.Min(0.9999, (1.0 + step) / (10.0 + step)), warm);
        });
        double last = ScoreError(model, config);
        double Of(float[] average)
        {
            average.CopyTo(store.Trained(ParameterBlock.Weights));
            return ScoreError(model, config);
        }

        output.Table(
            "13-cold-average", [new("weights after 300 steps"), new("score error", "0.000")],
            [["the last ones", last], ["average with warm-up", Of(warm)], ["average without warm-up", Of(cold)]]);
    }

    private static (DiffusionModel Model, TrainingSummary Summary, SequenceData Data) Train(TrainingConfig config, TimeProvider? clock = null)
    {
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        return (model, TrainingLoop.Run(config, model, data, clock ?? TimeProvider.System), data);
    }

    private static double ScoreError(DiffusionModel model, TrainingConfig config)
    {
        SequenceData fresh = GaussianProcessData.Draw(config with { TrainingSequences = config.EvaluationSequences, Seed = 1000 });
        return ScoreEvaluation.Run(model.Denoiser(Cpu.Serial), fresh.Judge, fresh.Training, seed: 1000).Average(at => at.Value);
    }

    private static float[] Weights(TrainingConfig config) => Weights(config, TimeProvider.System, out _);

    private static float[] Weights(TrainingConfig config, TimeProvider clock, out long steps)
    {
        (DiffusionModel model, TrainingSummary summary, _) = Train(config, clock);
        steps = summary.Steps;
        return model.Network.Parameters.Trained(ParameterBlock.Weights).ToArray();
    }
}
