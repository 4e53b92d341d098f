// Experiments of chapter 6: a fresh model, the order in which its parameters wake up, other beginnings, parameter
// counts, what the position and time features do, guidance, and what breaks.

using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter06Figures : IChapter
{
    private const ulong Seed = 6;
    private const int Batch = 16;
    private static readonly DiTConfig s_images = DiTPresets.Nano(new ImageLayout(16, 3, 2), classes: 10);

    public string Name => "06-dit";

    public void Run(BookOutput output)
    {
        output.Figure("dit-block", BlockDrawing());
        Fresh(output);
        WakeUp(output);
        Beginnings(output);
        Counts(output);
        Names(output);
        Positions(output);
        Times(output);
        Guidance(output);
        Breaks(output);
    }

    private static float[] Normal(int count, int sample)
    {
        float[] values = new float[count];
        new Philox(Seed, PhiloxStream.Data).FillNormal(0, sample, values);
        return values;
    }

    // One batch of a noise-prediction loss: the network sees anything, its target is the noise.
    private static double Loss(DiT model, Tape tape, Span<double> perSample, bool backward)
    {
        Shape shape = model.Config.Input.BatchShape(Batch, model.Config.Input.DataChannels);
        float[] noise = Normal(shape.Count, 1), t = [.. Enumerable.Range(0, Batch).Select(n => 60f * n)];
        int[] labels = [.. Enumerable.Range(0, Batch).Select(n => n % model.Config.Classes)];
        tape.Begin();
        Variable prediction = model.Forward(tape, tape.Input(shape, Normal(shape.Count, 2)), t, labels);
        Variable loss = tape.MeanSquaredError(prediction, tape.Input(shape, noise), default, perSample);
        double value = loss.Data[0];
        if (backward) tape.Backward(loss);
        return value;
    }

    private static void Fresh(BookOutput output)
    {
        // [doc:fresh-dit]
        DiT model = new(s_images, seed: 6);
        Shape shape = s_images.Input.BatchShape(Batch, 3);
        Tape tape = new(Cpu.Serial, record: false);
        tape.Begin();
        Probe probe = new();
        float[] times = new float[Batch];
        int[] labels = new int[Batch];
        Variable y = model.Forward(tape, tape.Input(shape, Normal(shape.Count, 2)), times, labels, probe);
        // [/doc:fresh-dit]
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"tokens into block 0:                [{Batch}, {s_images.Input.Tokens}, {s_images.Width}]\n");
        for (int i = 0; i < s_images.Depth; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"blocks.{i}: attention branch rms {probe.Rms($"blocks.{i}.attn"):F3}, mlp branch rms {probe.Rms($"blocks.{i}.mlp"):F3}");
            text.Append(i == 0 ? "\n" : string.Create(CultureInfo.InvariantCulture, $", output differs from blocks.{i - 1} by {probe.Distance($"blocks.{i - 1}", $"blocks.{i}")}\n"));
        }

        text.Append(CultureInfo.InvariantCulture, $"largest value of the output:        {y.Data.ToArray().Max(MathF.Abs)}\n");
        double[] perSample = new double[Batch];
        double loss = Loss(model, tape, perSample, backward: false);
        int values = Batch * s_images.Input.BatchShape(1, 3).Count;
        text.Append(CultureInfo.InvariantCulture, $"noise-prediction loss:              {loss:F4}   (1 expected, +- {Math.Sqrt(2.0 / values):F4} for {values} values)\n");
        output.Text("dit-fresh", text.ToString());
        output.Numbers("dit-fresh-numbers", ("loss", loss), ("deviation", Math.Sqrt(2.0 / values)), ("values", values));
    }

    private static void WakeUp(BookOutput output)
    {
        DiT model = new(s_images, Seed);
        model.Parameters.EnableTraining();
        Tape tape = new(Cpu.Serial, record: true);
        (string Title, Func<string, bool> Of, int Chunk)[] groups =
        [
            ("final_layer.linear", n => n == "final_layer.linear.weight", -1), ("final_layer.adaLN_modulation", n => n == "final_layer.adaLN_modulation.1.weight", -1),
            ("blocks: gates", n => IsModulation(n), 2), ("blocks: shifts and scales", n => IsModulation(n), 0),
            ("blocks: attention and mlp", n => n.StartsWith("blocks", StringComparison.Ordinal) && !n.Contains("adaLN", StringComparison.Ordinal), -1),
            ("x_embedder", n => n == "x_embedder.proj.weight", -1), ("t_embedder", n => n == "t_embedder.mlp.0.weight", -1), ("y_embedder", n => n == "y_embedder.embedding_table.weight", -1),
        ];
        List<object[]> rows = [.. groups.Select(g => new object[] { g.Title })];
        for (int step = 1; step <= 4; step++)
        {
            model.Parameters.ZeroGradients();
            Loss(model, tape, default, backward: true);
            for (int g = 0; g < groups.Length; g++)
            {
                float largest = model.Parameters.Parameters.Where(p => p.IsTrained && groups[g].Of(p.Name)).Max(p => Largest(p, groups[g].Chunk));
                rows[g] = [.. rows[g], largest == 0 ? "0" : ((double)largest).ToString("0.0E+0", CultureInfo.InvariantCulture)];
            }

            Span<float> weights = model.Parameters.Trained(ParameterBlock.Weights);
            AdamW.Step(Cpu.Serial, new AdamWSettings(), step, 1e-3f, weights, model.Parameters.Trained(ParameterBlock.Gradients),
                model.Parameters.Trained(ParameterBlock.FirstMoments), model.Parameters.Trained(ParameterBlock.SecondMoments));
        }

        output.Table("dit-wake-up", [new("Largest gradient of"), new("Step 1"), new("Step 2"), new("Step 3"), new("Step 4")], rows);

        static bool IsModulation(string name) => name.StartsWith("blocks", StringComparison.Ordinal) && name.EndsWith("adaLN_modulation.1.weight", StringComparison.Ordinal);

        // Rows of a modulation weight: six chunks of Width rows; 2 and 5 are gates, the others shifts and scales.
        static float Largest(Parameter p, int chunk)
        {
            float largest = 0;
            int chunkLength = chunk < 0 ? p.Shape.Count : p.Shape.Count / 6;
            for (int i = 0; i < p.Shape.Count; i++)
            {
                if (chunk >= 0 && ((i / chunkLength % 3) == 2) != (chunk == 2)) continue;
                largest = MathF.Max(largest, MathF.Abs(p.Gradient[i]));
            }

            return largest;
        }
    }

    private static readonly (string Name, bool Modulation, bool Final)[] s_beginnings =
        [("0 adaLN-Zero, as published", false, false), ("1 modulation random", true, false), ("2 final layer random", false, true), ("3 both random", true, true)];

    private static void Beginnings(BookOutput output)
    {
        List<object[]> rows = [];
        foreach ((string name, bool modulation, bool final) in s_beginnings)
        {
            DiT model = new(s_images, Seed);
            foreach (Parameter p in model.Parameters.Parameters.Where(p => p.Name.Contains("adaLN", StringComparison.Ordinal) && modulation)) Randomise(p);
            if (final) Randomise(model.Parameters["final_layer.linear.weight"]);
            double first = Loss(model, new Tape(Cpu.Serial, record: false), default, backward: false), last = 0;
            model.Parameters.EnableTraining();
            Tape tape = new(Cpu.Serial, record: true);
            for (int step = 1; step <= 30; step++)
            {
                model.Parameters.ZeroGradients();
                last = Loss(model, tape, default, backward: true);
                AdamW.Step(Cpu.Serial, new AdamWSettings(), step, 1e-3f, model.Parameters.Trained(ParameterBlock.Weights), model.Parameters.Trained(ParameterBlock.Gradients),
                    model.Parameters.Trained(ParameterBlock.FirstMoments), model.Parameters.Trained(ParameterBlock.SecondMoments));
            }

            rows.Add([name, first, last]);
        }

        output.Table("dit-beginnings", [new("Rung"), new("Loss before training", "F3"), new("Loss at step 30, one batch", "F3")], rows);

        static void Randomise(Parameter p)
        {
            if (p.Shape.Rank < 2) return;
            double bound = Math.Sqrt(6.0 / (p.Shape[0] + p.Shape[1]));
            new Philox(Seed, PhiloxStream.Initialisation).FillUniform(1, p.Index, p.Data);
            foreach (ref float value in p.Data) value = (float)(bound * ((2 * value) - 1));
        }
    }

    private static void Counts(BookOutput output)
    {
        List<object[]> rows = [];
        foreach (string size in (string[])["S", "B", "L", "XL"])
        {
            DiTConfig config = DiTPresets.Published($"DiT-{size}/2");
            (long embedders, long block, long final, long total) = Chapter06DiT.Count(config);
            long counted = config.CountParameters();
            rows.Add([$"DiT-{size}/2", config.Depth, config.Width, config.Heads, embedders, block, final, total, counted, total == counted ? "yes" : "NO"]);
            if (size == "XL")
            {
                double modulation = 6.0 * config.Width * (config.Width + 1);
                output.Numbers("dit-counts-numbers", ("xl", total / 1e6), ("xlTotal", total), ("modulationShare", modulation / block * 100), ("blockMillions", block / 1e6), ("rule", 18.0 * config.Width * config.Width * config.Depth / total * 100));
            }
        }

        output.Table("dit-counts",
            [new("Model"), new("Depth", "0"), new("Width", "0"), new("Heads", "0"), new("Embedders", "N0"), new("One block", "N0"), new("Final layer", "N0"), new("By hand", "N0"), new("By program", "N0"), new("Equal")], rows);
    }

    private static void Names(BookOutput output)
    {
        DiT model = new(s_images with { Depth = 1 }, Seed);
        StringBuilder text = new();
        foreach (Parameter p in model.Parameters.Parameters) text.Append(CultureInfo.InvariantCulture, $"{p.Name,-42}{p.Shape}{(p.IsTrained ? "" : "  frozen")}\n");
        output.Text("dit-names", text.ToString());
    }

    private static void Positions(BookOutput output)
    {
        const int Grid = 8, Width = 64;
        float[] table = new float[Grid * Grid * Width];
        PositionTable.FillGrid(Grid, Width, table);
        double[] values = Array.ConvertAll(table, v => (double)v), products = new double[values.Length];
        for (int i = 0; i < products.Length; i++)
        {
            products[i] = TensorPrimitives.CosineSimilarity(table.AsSpan(i / Width * Width, Width), table.AsSpan(i % Width * Width, Width));
        }

        output.Figure("dit-positions", new HeatMap
        {
            Title = "The position table of an 8 × 8 grid, width 64",
            Subtitle = "Left: rows are tokens, columns features, the column's half first. Right: cosine of every token with every other.",
            Panels = [new("table [64, 64]", Grid * Grid, Width, values), new("similarity [64, 64]", Grid * Grid, Grid * Grid, products)],
            PanelsPerRow = 2,
        }.ToSvg());

        DiTConfig config = DiTPresets.Nano(new SequenceLayout(12, 3));
        DiT model = new(config, Seed);
        foreach (Parameter p in model.Parameters.Parameters.Where(p => p.Data.IndexOfAnyExcept(0f) < 0)) Normal(p.Shape.Count, p.Index).CopyTo(p.Data);
        float[] x = Normal(12 * 3, 1), reversed = [.. Enumerable.Range(0, 12).Reverse().SelectMany(i => x[(3 * i)..((3 * i) + 3)])];
        double with = Difference();
        model.Parameters["pos_embed"].Data.Clear();
        output.Numbers("dit-permutation", ("with", with), ("without", Difference()));

        double Difference()
        {
            float[] forward = Run(x), backward = Run(reversed);
            double largest = 0;
            for (int i = 0; i < 12; i++)
            {
                for (int c = 0; c < 3; c++) largest = Math.Max(largest, Math.Abs(forward[(3 * i) + c] - backward[(3 * (11 - i)) + c]));
            }

            return largest / forward.Max(MathF.Abs);
        }

        float[] Run(float[] frames)
        {
            Tape tape = new(Cpu.Serial, record: false);
            tape.Begin();
            return model.Forward(tape, tape.Input(new Shape(1, 12, 3), frames), [500f], []).Data.ToArray();
        }
    }

    private static void Times(BookOutput output)
    {
        double[] gaps = [.. Enumerable.Range(0, 91).Select(i => Math.Pow(10, -1 + (i / 22.5)))];
        float[] features = new float[2 * TimestepEmbedding.Features];
        double Angle(float gap)
        {
            TimestepEmbedding.FillFeatures([0, gap], features);
            return TensorPrimitives.Distance(features.AsSpan(0, TimestepEmbedding.Features), features.AsSpan(TimestepEmbedding.Features)) / Math.Sqrt(TimestepEmbedding.Features / 2.0);
        }

        output.Figure("dit-times", new LineChart
        {
            Title = "How far apart are the features of two times?",
            Subtitle = "Distance of the features of 0 and t over their length, which is √128 for every t.",
            X = new Axis("t", AxisScale.Log),
            Y = new Axis("relative distance") { Minimum = 0 },
            Curves = [new("features", gaps, [.. gaps.Select(g => Angle((float)g))])],
        }.ToSvg());
        output.Numbers("dit-times-numbers", ("unit", Angle(1)), ("thousand", Angle(1000)), ("thousandth", Angle(0.001f)));
    }

    private static void Guidance(BookOutput output)
    {
        DiT model = new(s_images, Seed);
        foreach (Parameter p in model.Parameters.Parameters.Where(p => p.Data.IndexOfAnyExcept(0f) < 0))
        {
            float[] values = Normal(p.Shape.Count, p.Index);
            for (int i = 0; i < values.Length; i++) p.Data[i] = 0.1f * values[i];
        }

        Tape tape = new(Cpu.Serial, record: false);
        nint[] lengths = [1, 3, 16, 16];
        float[] x = Normal(3 * 16 * 16, 1), c = new float[x.Length], u = new float[x.Length], guided = new float[x.Length];
        model.Predict(tape, new ReadOnlyTensorSpan<float>(x, lengths), [500f], [3], new TensorSpan<float>(c, lengths));
        model.Predict(tape, new ReadOnlyTensorSpan<float>(x, lengths), [500f], [s_images.NullLabel], new TensorSpan<float>(u, lengths));
        List<object[]> rows = [];
        foreach (float scale in (float[])[0, 1, 1.5f, 4, 10])
        {
            model.PredictGuided(tape, new ReadOnlyTensorSpan<float>(x, lengths), [500f], [3], scale, GuidedChannels.Data, new TensorSpan<float>(guided, lengths));
            double size = TensorPrimitives.Norm<float>(c);
            rows.Add([scale, TensorPrimitives.Distance<float>(guided, u) / size, TensorPrimitives.Distance<float>(guided, c) / size, TensorPrimitives.Norm<float>(guided) / size]);
        }

        output.Table("dit-guidance", [new("Scale", "0.0"), new("Distance from u", "0.0000"), new("Distance from c", "0.0000"), new("Size", "0.0000")], rows);
    }

    private static void Breaks(BookOutput output)
    {
        StringBuilder text = new();
        DiT model = new(s_images, Seed);
        Try("a width that the position table cannot have", () => _ = new DiT(s_images with { Width = 66, Heads = 6 }, Seed));
        Try("a width that the heads do not divide", () => _ = new DiT(s_images with { Heads = 5 }, Seed));
        Try("labels missing", () =>
        {
            Tape tape = new(Cpu.Serial, record: false);
            tape.Begin();
            model.Forward(tape, tape.Input(new Shape(2, 3, 16, 16)), [1f, 2f], []);
        });
        output.Text("dit-breaks", text.ToString());

        void Try(string what, Action action)
        {
            try
            {
                action();
                text.Append(CultureInfo.InvariantCulture, $"{what}: nothing was said\n");
            }
            catch (ArgumentException problem)
            {
                text.Append(CultureInfo.InvariantCulture, $"{what}\n  {problem.GetType().Name}: {problem.Message.ReplaceLineEndings(" ")}\n");
            }
        }
    }

    private static string BlockDrawing()
    {
        Drawing d = new("The adaLN-Zero block with its shapes", 560);
        const double Main = 130, Side = 380;
        d.Text(Main, 58, "tokens x [N, T, D]", "blue").Text(Side, 58, "silu(c) [N, D]", "blue");
        d.Arrow("arrow", Side, 64, Side, 79).Box(Side, 102, 150, 44, "zero", "linear, begins at 0", "[N, 6·D]");
        d.Arrow("arrow", Main, 64, Main, 97);
        (string Text, double Y)[] boxes =
            [("LayerNorm", 112), ("· (1 + scale) + shift", 158), ("qkv → attention → proj", 204), ("· gate", 250), ("+", 288), ("LayerNorm", 336), ("· (1 + scale) + shift", 382), ("fc1 → GELU → fc2", 428), ("· gate", 474), ("+", 512)];
        for (int i = 0; i < boxes.Length; i++)
        {
            bool sum = boxes[i].Text == "+", modulated = boxes[i].Text[0] == '·';
            d.Box(Main, boxes[i].Y, sum ? 26 : 160, 26, modulated ? "zero" : "box", boxes[i].Text);
            if (i + 1 < boxes.Length) d.Arrow("arrow", Main, boxes[i].Y + 13, Main, boxes[i + 1].Y - 14);
        }

        d.Arrow("arrow", Main, 525, Main, 546).Text(Main + 62, 545, "[N, T, D]", "blue");
        d.Arrow("arrow", Main, 80, 30, 80, 30, 288, Main - 14, 288).Arrow("arrow", Main, 308, 30, 308, 30, 512, Main - 14, 512);
        (string Text, double Y)[] chunks = [("shift, scale (msa)", 158), ("gate (msa)", 250), ("shift, scale (mlp)", 382), ("gate (mlp)", 474)];
        foreach ((string chunk, double y) in chunks)
        {
            d.Arrow("back", Side, y, Main + 81, y).Text(Side - 62, y - 6, chunk, "orange");
        }

        d.Arrow("back", Side, 125, Side, 474);
        d.Text(Main + 88, 200, "[N, T, 3·D]", "left muted").Text(Main + 88, 216, "H heads of D/H", "left muted").Text(Main + 88, 432, "hidden [N, T, 4·D]", "left muted");
        return d.ToSvg();
    }

    /// <summary>Keeps copies of what the model shows.</summary>
    private sealed class Probe : IActivationObserver
    {
        private readonly Dictionary<string, float[]> _seen = [];

        public void Observe(string name, Variable value) => _seen[name] = value.Data.ToArray();

        public double Rms(string name) => Math.Sqrt(TensorPrimitives.SumOfSquares<float>(_seen[name]) / (double)_seen[name].Length);

        public double Distance(string a, string b) => TensorPrimitives.Distance<float>(_seen[a], _seen[b]);
    }
}
