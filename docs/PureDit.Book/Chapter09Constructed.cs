// Rung 6 of chapter 9: the library's own DiT with weights that are written down. What it costs to leave double and exact
// layers, time by time, and what its samples are worth.

using System.Globalization;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Book;

internal static class Chapter09Constructed
{
    private const double Accuracy = 1e-3;
    private const int Batch = 32;
    private static readonly UniformLogSnr s_schedule = new(0.01, 9);

    public static void Run(BookOutput output)
    {
        GaussianSequence process = GaussianProcessData.Process(new TrainingConfig()); // that of `train gp`
        int blocks = ConstructedDiT.BlocksFor(process, s_schedule, Accuracy);
        DiffusionModel model = ConstructedDiT.Build(process, s_schedule, blocks);
        List<IReadOnlyList<object>> rows = [];
        foreach (double time in new[] { 0.01, 0.03, 0.1, 0.3, 1, 9 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            (double network, double iteration, double apart) = Errors(process, model, level);
            rows.Add([time, process.ConditionNumber(level), iteration, network, apart]);
        }

        output.Table("constructed-errors",
            [new("t"), new("κ", "N0"), new("iteration in double", "0.0e-0"), new("DiT in float32", "0.0e-0"), new("between them", "0.0e-0")], rows);
        output.Numbers("constructed",
            ("blocks", blocks), ("width", model.Network.Config.Width), ("values", model.Network.Parameters.ValueCount), ("worst", rows.Max(r => (double)r[3])));
        Blocks(output, process);
        Readme(output);
    }

    // ‖·‖ over that of the exact noise prediction, over a batch.
    private static (double Network, double Iteration, double Apart) Errors(GaussianSequence process, DiffusionModel model, NoiseLevel level)
    {
        ScoreObjective objective = new(new TruncatedProcess(process), level);
        UnrolledSchedule schedule = UnrolledSchedule.Richardson(objective.Smallest, objective.Largest, model.Network.Config.Depth);
        float[] x = new float[Batch * process.Size], predicted = new float[x.Length], exact = new float[x.Length];
        process.Sample(new Philox(9, PhiloxStream.Data), 0, x);
        for (int k = 0; k < Batch; k++) AddNoise(level, k, x.AsSpan(k * process.Size, process.Size));
        model.Denoiser(Cpu.AllCores).Predict(level, x, predicted);
        Prediction.Of(new GaussianDenoiser(process), PredictionKind.Noise, level, x, exact);
        double network = 0, iteration = 0, apart = 0, norm = 0;
        for (int k = 0; k < Batch; k++)
        {
            double[] score = GradientUnrolling.Run(objective, schedule, [.. x[(k * process.Size)..((k + 1) * process.Size)].Select(v => (double)v)]).Score;
            for (int i = 0; i < score.Length; i++)
            {
                (double truth, double found, double iterated) = (exact[(k * process.Size) + i], predicted[(k * process.Size) + i], -level.Sigma * score[i]);
                network += (found - truth) * (found - truth);
                iteration += (iterated - truth) * (iterated - truth);
                apart += (found - iterated) * (found - iterated);
                norm += truth * truth;
            }
        }

        return (Math.Sqrt(network / norm), Math.Sqrt(iteration / norm), Math.Sqrt(apart / norm));
    }

    private static void AddNoise(NoiseLevel level, int key, Span<float> x)
    {
        double[] noise = new double[x.Length];
        new Philox(9, PhiloxStream.Noise).FillNormal(0, key, noise);
        for (int i = 0; i < x.Length; i++) x[i] = (float)((level.Alpha * x[i]) + (level.Sigma * noise[i]));
    }

    private static void Blocks(BookOutput output, GaussianSequence process)
    {
        double[] places = [2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128];
        DiffusionModel[] models = [.. places.Select(k => ConstructedDiT.Build(process, s_schedule, (int)k))];
        List<Curve> curves = [];
        foreach (double time in new[] { 0.01, 0.1, 1 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            PlotColor color = PlotColor.Blue + (curves.Count / 2);
            (double Network, double Iteration, double)[] errors = [.. models.Select(m => Errors(process, m, level))];
            curves.Add(new(Invariant($"DiT, t = {time}, κ = {process.ConditionNumber(level):F0}"), places, [.. errors.Select(e => e.Network)]) { Color = color, Mark = CurveMark.Points });
            curves.Add(new("", places, [.. errors.Select(e => Math.Max(e.Iteration, 1e-7))]) { Color = color, Mark = CurveMark.Dashed });
        }

        output.Figure("constructed-blocks", new LineChart
        {
            Title = "A DiT that was never trained, against its number of blocks",
            Subtitle = "N = 16, d = 4, ν = 1, ℓ = 4. Points: the DiT in float32. Dashed: the iteration in double.",
            X = new Axis("blocks K"),
            Y = new Axis("relative error of the score", AxisScale.Log),
            Curves = curves,
        }.ToSvg());
    }

    // The network of the README's ten lines, judged: its error and its size.
    private static void Readme(BookOutput output)
    {
        (GaussianSequence process, DiffusionModel model) = ReadmeExamples.Construct();
        double worst = new[] { 0.01, 0.1, 1 }.Max(time => Errors(process, model, NoiseLevel.FromTime(time)).Network);
        output.Numbers("constructed-readme", ("blocks", model.Network.Config.Depth), ("error", worst), ("kappa", process.ConditionNumber(NoiseLevel.FromTime(0.01))));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
