using FsCheck;
using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.TestSupport;
using Xunit;

namespace PureDit.Training.Tests.Constructed;

public class ConstructedDiTTests
{
    // Float32 through K blocks, gates right to five digits, and errors of a step that grow by at most ½(κ+1).
    private const double PerCondition = 3e-6;
    private static readonly UniformLogSnr s_schedule = new(0.02, 6);

    [Fact]
    public void Output_IsTheIteration() => Law.Holds(ConstructedCase.All, c =>
    {
        (double difference, double kappa) = c.DistanceFromIteration(ConstructedDiT.Build(c.Process(), s_schedule, c.Blocks));
        Assert.InRange(difference, 0, PerCondition * (kappa + 10));
    }, cases: 40);

    [Fact]
    public void EnoughBlocks_AreTheScore() => Law.Holds(ConstructedCase.All, c =>
    {
        const double Accuracy = 0.01;
        GaussianSequence process = c.Process();
        DiffusionModel model = ConstructedDiT.Build(process, s_schedule, ConstructedDiT.BlocksFor(process, s_schedule, Accuracy));
        float[] x = c.Noisy(), noise = new float[x.Length], exact = new float[x.Length];
        model.Denoiser(Cpu.Serial).Predict(c.Level, x, noise);
        Prediction.Of(new GaussianDenoiser(process), PredictionKind.Noise, c.Level, x, exact);
        Assert.InRange(ConstructedCase.Relative(noise, exact), 0, 1.1 * Accuracy);
    }, cases: 30);

    [Fact]
    public void SmallConstant_LeavesTheNormCurved()
    {
        ConstructedCase c = new(7, 3, 1, 3, 9, 0.1, 5); // C must be far above ‖rest‖, and its effect far above float32's rounding
        double Error(float constant) => c.DistanceFromIteration(ConstructedDiT.Build(c.Process(), s_schedule, c.Blocks, constant)).Difference;
        Assert.InRange(Error(128) / Error(256), 3.5, 4.5); // the curvature is ‖rest‖²/4C²
        Assert.True(Error(16) > 100 * Error(ConstructedTokens.StandardConstant));
    }

    [Fact]
    public void File_HoldsTheNetwork()
    {
        ConstructedCase c = new(5, 2, 2, 2, 6, 0.1, 3);
        DiffusionModel model = ConstructedDiT.Build(c.Process(), s_schedule, c.Blocks);
        string path = Path.Combine(Directory.CreateTempSubdirectory("puredit-").FullName, "weights.safetensors");
        model.Save(path);
        SamplingOptions options = new() { Steps = 5, Seed = 1 };
        float[] written = model.Sample(3, options, Cpu.Serial).ToArray();
        Assert.Equal(written, DiffusionModel.Load(path).Sample(3, options, Cpu.Serial).ToArray());
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void CirculantKernel_NeedsNoUnitsForFrames()
    {
        double[] temporal = [.. Enumerable.Range(0, 36).Select(i => Math.Exp(-Math.Abs(Math.Sin(Math.PI * ((i / 6) - (i % 6)) / 6))))];
        GaussianSequence circulant = new(6, 2, [], temporal, [1, 0.3, 0.3, 1]);
        Assert.Empty(RowSums.Of(circulant).Others);
        GaussianSequence toeplitz = new(6, 2, [], new ExponentialPower(1, 2).Matrix(6), [1, 0.3, 0.3, 1]);
        Assert.Equal([2, 2, 2], [.. RowSums.Of(toeplitz).Others.Select(g => g.Frames.Length).Prepend(2)]);
    }

    [Fact]
    public void RowSums_AreOfTheirFrames() => Law.Holds(ConstructedCase.All, c =>
    {
        GaussianSequence process = c.Process();
        RowSums sums = RowSums.Of(process);
        double[] found = [.. Enumerable.Repeat(sums.Common, c.Frames)];
        foreach ((double sum, int[] frames) in sums.Others)
        {
            foreach (int i in frames) found[i] = sum;
        }

        for (int i = 0; i < c.Frames; i++)
        {
            double sum = 0;
            for (int j = 0; j < c.Frames; j++) sum += process.Temporal[(i * c.Frames) + j];
            Assert.Equal(sum, found[i], 12);
        }
    });

    [Fact]
    public void Knots_MakeGates()
    {
        foreach (int width in new[] { 40, 64, 120, 264 })
        {
            TimeKnots knots = new(width, new UniformLogSnr(0.01, 9));
            foreach (double node in new[] { 0.01, 0.3, 5, 20 })
            {
                Func<NoiseLevel, double> gate = level => node * level.AlphaBar / ((level.AlphaBar * node) + level.Variance);
                Assert.InRange(knots.Residual(gate), 0, 2e-5);
            }
        }
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        GaussianSequence process = new ConstructedCase(5, 2, 1, 2, 3, 0.1, 1).Process();
        Assert.Throws<ArgumentOutOfRangeException>("blocks", () => ConstructedDiT.Build(process, s_schedule, 0));
        Assert.Throws<ArgumentOutOfRangeException>("constant", () => ConstructedDiT.Build(process, s_schedule, 3, float.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>("accuracy", () => ConstructedDiT.BlocksFor(process, s_schedule, 0));
        GaussianSequence negative = new(2, 1, [], [1, -0.5, -0.5, 1], [1]);
        Assert.Contains("Γ[0, 1] = -0.5", Assert.Throws<ArgumentException>(() => ConstructedDiT.Build(negative, s_schedule, 3)).Message, StringComparison.Ordinal);
    }
}
