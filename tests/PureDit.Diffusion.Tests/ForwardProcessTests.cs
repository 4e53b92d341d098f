using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class ForwardProcessTests
{
    private const double OneRounding = 6e-8;

    [Fact]
    public void AddNoise_GivesEverySampleItsOwnLevel()
    {
        NoiseLevel[] levels = [NoiseLevel.FromTime(0.3), NoiseLevel.Clean, NoiseLevel.FromTime(2)];
        float[] x0 = Values.Normal(3 * 5, seed: 1), eps = Values.Normal(3 * 5, seed: 2);
        GuardedBuffer xt = new(3 * 5);
        ForwardProcess.AddNoise(levels, x0, eps, xt.Span);
        Near.Equal(
            Cases.Column(15, i => (levels[i / 5].Alpha * x0[i]) + (levels[i / 5].Sigma * eps[i])),
            xt.Span, OneRounding, 1e-30);
        Near.SameBits(x0.AsSpan(5, 5), xt.Span.Slice(5, 5)); // the clean one
        xt.AssertCanariesIntact();
    }

    [Fact]
    public void AddNoise_OneLevelIsForAll() => Law.Holds(Cases.Level, level =>
    {
        float[] x0 = Values.Normal(6, seed: 1), eps = Values.Normal(6, seed: 2), one = new float[6], many = new float[6];
        ForwardProcess.AddNoise([level], x0, eps, one);
        ForwardProcess.AddNoise([level, level, level], x0, eps, many);
        Near.SameBits(one, many);
    });

    [Fact]
    public void Target_IsWhatThePerfectDenoiserSays() => Law.Holds(Cases.Level.Two(), pair =>
    {
        NoiseLevel[] levels = [pair.Item1, pair.Item2];
        float[] x0 = Values.Normal(6, seed: 1), eps = Values.Normal(6, seed: 2), target = new float[6];
        foreach (PredictionKind kind in Enum.GetValues<PredictionKind>())
        {
            ForwardProcess.Target(kind, levels, x0, eps, target);
            Near.Equal(
                Cases.Column(6, i => kind switch
                {
                    PredictionKind.Noise => eps[i],
                    PredictionKind.X0 => x0[i],
                    PredictionKind.V => (levels[i / 3].Alpha * eps[i]) - (levels[i / 3].Sigma * x0[i]),
                    _ => -eps[i] / levels[i / 3].Sigma,
                }),
                target, OneRounding, 1e-30, $"{kind}");
        }
    });

    [Fact]
    public void ImpossibleArguments_Throw()
    {
        NoiseLevel[] two = [NoiseLevel.FromTime(1), NoiseLevel.FromTime(2)];
        float[] four = new float[4], five = new float[5];
        Assert.Contains("x0: expected [n, 2]", Message(() => ForwardProcess.AddNoise(two, five, five, five)));
        Assert.Contains("noise: expected 4", Message(() => ForwardProcess.AddNoise(two, four, five, four)));
        Assert.Contains("xt: expected 4", Message(() => ForwardProcess.AddNoise(two, four, four, five)));
        Assert.Contains("levels: expected one", Message(() => ForwardProcess.AddNoise([], four, four, four)));
        Assert.Contains("σ > 0", Message(() => ForwardProcess.Target(
            PredictionKind.Score, [NoiseLevel.Clean], four, four, four)));
    }

    private static string Message(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;
}
