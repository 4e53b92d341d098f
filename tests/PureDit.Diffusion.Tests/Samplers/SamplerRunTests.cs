using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

/// <summary>What a run promises besides its numbers: bits, memory, progress, cancellation, errors.</summary>
public class SamplerRunTests
{
    private static readonly double[] Lambda = [0.3, 1, 5];
    private static readonly NoiseLevel[] Levels = NoiseGrid.Respaced(DdpmSchedule.Linear(), 7);

    public static TheoryData<string> Names => [.. Samplers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void BatchSplit_LeavesEveryBit(string name) => Law.Holds(
        FsCheck.Fluent.Gen.Choose(1, 9).Two(),
        sizes =>
        {
            (int first, int second) = sizes;
            float[] whole = Sample(name, first + second, 0);
            float[] parts = [.. Sample(name, first, 0), .. Sample(name, second, first)];
            Near.SameBits(whole, parts);
        },
        cases: 20);

    [Theory]
    [MemberData(nameof(Names))]
    public void RunsAtOnceOnManyThreads_LeaveEveryBit(string name)
    {
        float[] alone = Sample(name, 64, 0);
        float[][] together = new float[8][];
        Parallel.For(0, together.Length, i => together[i] = Sample(name, 64, 0));
        Assert.All(together, x => Near.SameBits(alone, x));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void UsedWorkspace_LeavesEveryBitAndAllocatesNothing(string name)
    {
        SamplerWorkspace workspace = new();
        ISampler sampler = Samplers.Named(name);
        LinearGaussianDenoiser denoiser = new(Lambda);
        PhiloxNoise noise = new(seed: 3, Lambda.Length);
        float[] x = new float[5 * Lambda.Length];
        noise.Fill(0, x);
        sampler.Run(denoiser, Levels, noise, Values.Normal(9 * Lambda.Length, seed: 1), workspace); // a larger batch

        float[] start = [.. x];
        Assert.Equal(0, Allocations.Of(() =>
        {
            start.CopyTo(x, 0);
            sampler.Run(denoiser, Levels, noise, x, workspace);
        }));
        Near.SameBits(Sample(name, 5, 0), x);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Progress_CountsStepsAndOneLevelIsNoStep(string name)
    {
        Counter counter = new();
        float[] x = [1, 2, 3];
        Run(name, Levels[..1], x, counter);
        Assert.Empty(counter.Reported);
        Assert.Equal([1, 2, 3], x);

        Run(name, Levels, x, counter);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], counter.Reported);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DenoiserCalls_OnePerStepAndTwoForHeun(string name)
    {
        LinearGaussianDenoiser denoiser = new(Lambda);
        Samplers.Named(name).Run(denoiser, Levels, new PhiloxNoise(1, 3), new float[3], new SamplerWorkspace());
        Assert.Equal(name == "heun" ? 13 : 7, denoiser.Calls); // Heun's last step arrives at the clean level
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cancellation_StopsBeforeTheNextStep(string name)
    {
        using CancellationTokenSource source = new();
        Counter counter = new(report => { if (report == 3) source.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => Run(name, Levels, new float[3], counter, source.Token));
        Assert.Equal([1, 2, 3], counter.Reported);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Levels_RisingRepeatedOrMissing_Throw(string name)
    {
        NoiseLevel[] repeated = [Levels[0], Levels[1], Levels[1], Levels[2]];
        Assert.Contains("levels: expected noisiest first, strictly falling", Message(() => Run(name, repeated, new float[3])));
        Assert.Contains("at index 1", Message(() => Run(name, [Levels[1], Levels[0]], new float[3])));
        Assert.Contains("levels: expected at least one noise level, got none", Message(() => Run(name, [], new float[3])));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BrokenSample_Throws(string name) =>
        Assert.Contains("x: expected [n, 3], a multiple of 3 values, got 5", Message(() => Run(name, Levels, new float[5])));

    [Fact]
    public void Registry_KnowsEverySamplerByItsName()
    {
        Assert.Equal(["ddpm", "ddim", "euler", "heun", "sde", "sde-exp", "dpm++"], Samplers.Names);
        Assert.All(Samplers.Names, name => Assert.Equal(name, Samplers.Named(name).Name));
        Assert.Equal(
            "name: expected one of ddpm, ddim, euler, heun, sde, sde-exp, dpm++; got \"plms\". (Parameter 'name')",
            Message(() => Samplers.Named("plms")));
    }

    private static float[] Sample(string name, int samples, int first)
    {
        PhiloxNoise noise = new(seed: 3, Lambda.Length, first);
        float[] x = new float[samples * Lambda.Length];
        noise.Fill(0, x);
        Samplers.Named(name).Run(new LinearGaussianDenoiser(Lambda), Levels, noise, x, new SamplerWorkspace());
        return x;
    }

    private static void Run(
        string name, NoiseLevel[] levels, float[] x, IProgress<int>? progress = null, CancellationToken token = default) =>
        Samplers.Named(name).Run(
            new LinearGaussianDenoiser(Lambda), levels, new PhiloxNoise(1, 1), x, new SamplerWorkspace(), progress, token);

    private static string Message(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;

    private sealed class Counter(Action<int>? then = null) : IProgress<int>
    {
        public List<int> Reported { get; } = [];

        public void Report(int value)
        {
            Reported.Add(value);
            then?.Invoke(value);
        }
    }
}
