using System.Globalization;
using System.Numerics.Tensors;
using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Kernels;

namespace PureDit.Nn.Tests;

/// <summary>
/// Golden files of any architecture, made from the library's own run: they test how files are read and compared, not
/// whether the model is right (the stored goldens and the double reference do that).
/// </summary>
internal static class Goldens
{
    public static Golden Of(DiTConfig config, int n)
    {
        DiT model = Models.Random(config);
        Parameter positions = model.Parameters["pos_embed"];
        for (int i = 0; i < positions.Data.Length; i++) positions.Data[i] *= 0.5f; // not our table: the stored one counts
        Models.Batch batch = Models.BatchFor(config, n);
        Recorder golden = new();
        foreach (Parameter p in model.Parameters.Parameters) golden.Add("weight." + p.Name, p.Shape, p.Data);
        golden.Add("input.x", batch.Input, batch.X);
        golden.Add("input.t", new Shape(n), batch.T);
        golden.Add("input.target", batch.Output, batch.Target);
        if (config.Classes > 0) golden.Tensors["input.y"] = SafetensorsEntry.FromInt64s(Array.ConvertAll(batch.Labels, l => (long)l), n);

        model.Parameters.EnableTraining();
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Variable x = tape.Input(batch.Input, batch.X, needsGradient: true);
        Variable y = model.Forward(tape, x, batch.T, batch.Labels, golden), loss = tape.MeanSquaredError(y, tape.Input(batch.Output, batch.Target));
        golden.Add("output", y.Shape, y.Data);
        golden.Tensors["loss"] = SafetensorsEntry.FromDoubles(new double[] { loss.Data[0] }, 1);
        tape.Backward(loss);
        golden.Add("gradient.input.x", x.Shape, x.Gradient);
        foreach (Parameter p in model.Parameters.Parameters.Where(p => p.IsTrained)) golden.Add("gradient." + p.Name, p.Shape, p.Gradient);
        if (config.Classes > 0) AddGuided(golden, model, batch.Pick([.. Enumerable.Range(0, Math.Min(2, n))]));
        return new Golden(golden.Tensors, Metadata(config, n));
    }

    public static byte[] Bytes(Golden golden)
    {
        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, golden.Tensors, golden.Metadata);
        return stream.ToArray();
    }

    private static void AddGuided(Recorder golden, DiT model, Models.Batch b)
    {
        nint[] input = [b.Input[0], b.Input[1], b.Input[2], b.Input[3]], output = [b.Output[0], b.Output[1], b.Output[2], b.Output[3]];
        float[] y = new float[b.Output.Count];
        foreach ((string name, GuidedChannels channels) in new[] { ("first3", GuidedChannels.FirstThree), ("all", GuidedChannels.Data) })
        {
            model.PredictGuided(
                new Tape(Cpu.Serial, record: false), new ReadOnlyTensorSpan<float>(b.X, input), b.T, b.Labels, 4, channels, new TensorSpan<float>(y, output));
            golden.Add("guided." + name, b.Output, y);
        }
    }

    private static Dictionary<string, string> Metadata(DiTConfig config, int n)
    {
        ImageLayout image = (ImageLayout)config.Input;
        return new Dictionary<string, string>
        {
            ["input_size"] = Text(image.Size),
            ["patch_size"] = Text(image.Patch),
            ["in_channels"] = Text(image.Channels),
            ["hidden_size"] = Text(config.Width),
            ["depth"] = Text(config.Depth),
            ["num_heads"] = Text(config.Heads),
            ["mlp_ratio"] = config.MlpRatio.ToString(CultureInfo.InvariantCulture),
            ["num_classes"] = Text(config.Classes),
            ["learn_sigma"] = config.LearnSigma ? "True" : "False",
            ["batch"] = Text(n),
        };
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    public sealed record Golden(Dictionary<string, SafetensorsEntry> Tensors, Dictionary<string, string> Metadata);

    private sealed class Recorder : IActivationObserver
    {
        public Dictionary<string, SafetensorsEntry> Tensors { get; } = [];

        public void Observe(string name, Variable value) => Add("activation." + name, value.Shape, value.Data);

        public void Add(string name, Shape shape, ReadOnlySpan<float> values)
        {
            long[] lengths = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)shape[i])];
            Tensors[name] = SafetensorsEntry.FromFloats(values.ToArray(), lengths);
        }
    }
}
