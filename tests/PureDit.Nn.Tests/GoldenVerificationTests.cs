using PureDit.Autodiff;
using PureDit.Formats;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Nn.Tests;

public sealed class GoldenVerificationTests
{
    private const string A = "goldens/dit-golden-a.safetensors", B = "goldens/dit-golden-b.safetensors";

    public static TheoryData<DiTConfig, int> Variations => new()
    {
        { new(new ImageLayout(4, 3, 2), 12, 2, 3) { Classes = 5, LearnSigma = true, MlpRatio = 1.5 }, 3 },
        { new(new ImageLayout(6, 1, 3), 8, 1, 1), 2 },
        { new(new ImageLayout(2, 5, 1), 16, 1, 2) { Classes = 1, MlpRatio = 2.3 }, 1 },
    };

    [SharedFileFact(A)]
    public void GoldenA_Passes() => Passes(A);

    [SharedFileFact(B)]
    public void GoldenB_Passes() => Passes(B);

    [SharedFileFact(A)]
    public void StoredPositions_AreThoseOfOurTable()
    {
        float[] stored = SafetensorsFile.Read(SharedFiles.Find(A)!).ToFloats("weight.pos_embed"), ours = new float[stored.Length];
        PositionTable.FillGrid(4, 48, ours);
        Near.Equal(Near.ToDouble(stored), ours, 0, 1e-7, "position"); // one rounding to float on either side
    }

    [Theory]
    [MemberData(nameof(Variations))]
    public void AnyArchitecture_IsVerified_WithItsStoredPositions(DiTConfig config, int batch)
    {
        GoldenReport report = GoldenVerification.Run(File(Goldens.Of(config, batch)), Cpu.Serial);
        Assert.True(report.Passed, report.Worst.ToString());
        Assert.Equal((config, batch), (report.Config, report.Batch));
        int activations = (3 * config.Depth) + 3 + (config.Classes > 0 ? 1 : 0), trained = (10 * config.Depth) + 10 + (config.Classes > 0 ? 1 : 0);
        Assert.Equal(activations + 2 + trained + 1 + (config.Classes > 0 ? 2 : 0), report.Comparisons.Count);
    }

    [Fact]
    public void EveryStoredValue_Counts()
    {
        Goldens.Golden golden = Goldens.Of(Models.Image, 3);
        string[] results = [.. golden.Tensors.Keys.Where(k => !k.StartsWith("weight.", StringComparison.Ordinal) && !k.StartsWith("input.", StringComparison.Ordinal))];
        Assert.True(results.Length > 40);
        foreach (string name in results)
        {
            SafetensorsEntry entry = golden.Tensors[name];
            double[] values = SafetensorsFile.Read(Goldens.Bytes(golden)).ToDoubles(name);
            values[^1] += 3e-4 * values.Max(Math.Abs);
            golden.Tensors[name] = SafetensorsEntry.FromDoubles(values, entry.Shape);
            GoldenReport report = GoldenVerification.Run(File(golden), Cpu.Serial);
            Assert.Equal([name], report.Comparisons.Where(c => !c.Passed).Select(c => c.Tensor));
            Assert.Equal(name, report.Worst.Tensor);
            golden.Tensors[name] = entry;
        }
    }

    [Fact]
    public void NaN_Fails()
    {
        Goldens.Golden golden = Goldens.Of(Models.Image, 2);
        golden.Tensors["loss"] = SafetensorsEntry.FromDoubles(new[] { double.NaN }, 1);
        Assert.False(GoldenVerification.Run(File(golden), Cpu.Serial).Passed);
    }

    [Fact]
    public void FilesOfAnotherForm_AreExplained()
    {
        void Says(string part, Action<Goldens.Golden> change)
        {
            Goldens.Golden golden = Goldens.Of(Models.Image, 2);
            change(golden);
            string message = Assert.Throws<DiTFileException>(() => GoldenVerification.Run(File(golden), Cpu.Serial)).Message;
            Assert.Contains(part, message, StringComparison.Ordinal);
            Assert.StartsWith("golden: ", message, StringComparison.Ordinal);
        }

        SafetensorsEntry some = SafetensorsEntry.FromFloats(new float[2], 2);
        Says("weight.blocks.0.mlp.fc1.bias: missing", g => g.Tensors.Remove("weight.blocks.0.mlp.fc1.bias"));
        Says("weight.extra: unexpected", g => g.Tensors["weight.extra"] = some);
        Says("input.t: missing", g => g.Tensors.Remove("input.t"));
        Says("input.t: expected shape [2], got [3]", g => g.Tensors["input.t"] = SafetensorsEntry.FromFloats(new float[3], 3));
        Says("input.target: missing", g => g.Tensors.Remove("input.target"));
        Says("input.y: missing", g => g.Tensors.Remove("input.y"));
        Says("input.y: expected labels 0 to 5, got 6 at 1", g => g.Tensors["input.y"] = SafetensorsEntry.FromInt64s(new long[] { 0, 6 }, 2));
        Says("activation.blocks.1.attn: missing", g => g.Tensors.Remove("activation.blocks.1.attn"));
        Says("gradient.input.x: missing", g => g.Tensors.Remove("gradient.input.x"));
        Says("output: missing", g => g.Tensors.Remove("output"));
        Says("loss: missing", g => g.Tensors.Remove("loss"));
        Says("guided.all: missing", g => g.Tensors.Remove("guided.all"));
        Says("guided.first3: missing", g => g.Tensors.Remove("guided.first3"));
        Says("unexpected tensors: activation.blocks.7, other.kind", g => g.Tensors["other.kind"] = g.Tensors["activation.blocks.7"] = some);
        Says("metadata hidden_size: expected, but missing", g => g.Metadata.Remove("hidden_size"));
        Says("metadata depth: expected an integer, got 'two'", g => g.Metadata["depth"] = "two");
        Says("metadata learn_sigma: expected true or false, got '2'", g => g.Metadata["learn_sigma"] = "2");
        Says("metadata do not describe a model: Heads: expected a divisor of Width 12, got 5", g => g.Metadata["num_heads"] = "5");
        Says("metadata batch: expected 2 as in input.x, got '9'", g => g.Metadata["batch"] = "9");
        Says("blocks.2", g => g.Metadata["depth"] = "3");
    }

    private static void Passes(string shared)
    {
        foreach (Cpu cpu in new[] { Cpu.Serial, new Cpu(2) })
        {
            GoldenReport report = GoldenVerification.Run(SharedFiles.Find(shared)!, cpu);
            Assert.True(report.Passed, report.Worst.ToString());
        }
    }

    private static SafetensorsFile File(Goldens.Golden golden) => SafetensorsFile.Read(Goldens.Bytes(golden), "golden");
}
