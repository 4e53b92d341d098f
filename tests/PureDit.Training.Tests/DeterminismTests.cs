using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using PureDit.Determinism;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>One digest of the weights after a few steps, for every number of threads, vector width and run.</summary>
public sealed class DeterminismTests
{
    // Without fused multiply-add every product is rounded once more. Over five steps of AdamW, whose first ones move
    // each weight by the sign of its gradient, weights differ by this much of their root mean square.
    private const double WithoutFusedMultiplyAdd = 1e-4;

    [Fact]
    public void Weights_HaveOneDigest_OnAnyThreadsAtAnyWidthInAnyRun()
    {
        HashSet<string> digests = [];
        foreach (int threads in new[] { 1, 2, 3, 7, 16 })
        {
            foreach (SimdLevel simd in SimdLevels.Supported.Where(simd => simd != SimdLevel.Vector128 || SimdLevels.Supported.Count == 1 || threads == 3))
            {
                for (int run = 0; run < 2; run++) digests.Add(FewSteps.Digest(Train(new Cpu(threads, simd))));
            }
        }

        Assert.Single(digests);
        float[] weights = FewSteps.Train(FewSteps.Config);
        digests.Add(FewSteps.Digest(weights));
        Assert.Single(digests); // the loop takes the same steps
        Near.Varied(weights);
    }

    [Fact]
    public void OneBitInOneWeight_ChangesTheDigest()
    {
        float[] weights = [1, 2, 3];
        string before = FewSteps.Digest(weights);
        weights[1] = MathF.BitIncrement(weights[1]);
        Assert.NotEqual(before, FewSteps.Digest(weights));
    }

    [X86Fact]
    public void ProcessWithoutAvx512_HasTheSameDigest()
    {
        (string line, float[] weights) = Child("DOTNET_EnableAVX512");
        Assert.StartsWith("Vector256 Vector128, FMA, ", line, StringComparison.Ordinal); // it really ran narrower code
        Near.SameBits(FewSteps.Train(FewSteps.Config), weights, "weight");
        Assert.EndsWith(FewSteps.Digest(weights), line, StringComparison.Ordinal);
    }

    [X86Theory]
    [InlineData("DOTNET_EnableAVX2", "full")]
    [InlineData("DOTNET_EnableHWIntrinsic", "miniature")]
    public void ProcessWithoutFusedMultiplyAdd_StaysClose(string switchedOff, string size)
    {
        (string line, float[] weights) = Child(switchedOff, size);
        Assert.StartsWith("Vector128, no FMA, ", line, StringComparison.Ordinal);
        float[] expected = FewSteps.Train(size == "full" ? FewSteps.Config : FewSteps.Miniature);
        double difference = Math.Sqrt(expected.Zip(weights, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        double norm = Math.Sqrt(expected.Sum(a => (double)a * a));
        Assert.InRange(difference / norm, double.Epsilon, WithoutFusedMultiplyAdd); // other bits, or nothing was switched off
    }

    private static float[] Train(Cpu cpu)
    {
        TrainingConfig config = FewSteps.Config;
        SequenceData data = GaussianProcessData.Draw(config);
        DiffusionModel model = SequenceModel.Create(config, data);
        TrainingStep step = new(config, model, data.Training, cpu);
        LearningRateSchedule rate = new(config.LearningRate, config.WarmupSteps, config.FinalLearningRate);
        for (int k = 0; k < config.Steps; k++) step.Run(k, rate.At(k, (double)k / config.Steps));
        return FewSteps.Weights(model);
    }

    private static (string Line, float[] Weights) Child(string switchedOff, string size = "full")
    {
        string file = Path.GetTempFileName();
        try
        {
            (int code, string output, string error) = ChildProcess.Run(
                "PureDit.Determinism", new Dictionary<string, string> { [switchedOff] = "0", ["PUREDIT_SIMD"] = "" }, file, size);
            Assert.True(code == 0, error);
            return (output.Trim(), MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? NoReason => Fma.IsSupported ? null : "needs an x86 processor with FMA, to switch it off";

    private sealed class X86FactAttribute : FactAttribute
    {
        public X86FactAttribute() => Skip = NoReason;
    }

    private sealed class X86TheoryAttribute : TheoryAttribute
    {
        public X86TheoryAttribute() => Skip = NoReason;
    }
}
