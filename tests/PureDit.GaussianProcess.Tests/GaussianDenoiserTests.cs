using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

public class GaussianDenoiserTests
{
    private static readonly PredictionKind[] Kinds = Enum.GetValues<PredictionKind>();

    [Fact]
    public void Denoiser_IsTheProcessRoundedOnce() =>
        Law.Holds(from c in Cases.All from kind in Gen.Elements(Kinds) from n in Gen.Choose(0, 70) select (c, kind, n), t =>
        {
            GaussianSequence process = t.c.Process();
            GaussianDenoiser denoiser = new(process, t.kind);
            float[] x = Values.Normal(t.n * process.Size, t.c.Seed);
            GuardedBuffer prediction = new(x.Length);
            denoiser.Predict(t.c.Level, x, prediction.Span);
            double[] expected = Near.ToDouble(x);
            process.Predict(t.kind, t.c.Level, expected, expected);
            Near.SameBits(Near.ToFloat(expected), prediction.Span);
            prediction.AssertCanariesIntact();
        });

    [Fact]
    public void Denoiser_PredictsASampleTheSameInAnyBatch()
    {
        GaussianDenoiser denoiser = new(Cases.Fixed.Process());
        const int Samples = 131; // more than two chunks
        float[] x = Values.Normal(Samples * denoiser.Size, 5);
        float[] batch = new float[x.Length], alone = new float[denoiser.Size];
        denoiser.Predict(Cases.Fixed.Level, x, batch);
        for (int i = 0; i < Samples; i++)
        {
            denoiser.Predict(Cases.Fixed.Level, x.AsSpan(i * denoiser.Size, denoiser.Size), alone);
            Near.SameBits(batch.AsSpan(i * denoiser.Size, denoiser.Size), alone);
        }
    }

    [Fact]
    public void Denoiser_TowardsTheCleanEnd_ReturnsTheSample() =>
        Law.Holds(Cases.All, c =>
        {
            GaussianDenoiser denoiser = new(c.Process(), PredictionKind.X0);
            float[] x = Values.Normal(denoiser.Size, c.Seed), x0 = new float[x.Length];
            denoiser.Predict(NoiseLevel.FromTime(1e-14), x, x0);
            Near.Equal(Near.ToDouble(x), x0, 1e-6, 1e-6, "x0");
        });

    [Fact]
    public void Denoiser_WhenWarm_AllocatesNothing()
    {
        GaussianDenoiser denoiser = new(Cases.Fixed.Process());
        float[] x = Values.Normal(100 * denoiser.Size, 5), prediction = new float[x.Length];
        Assert.Equal(0, Allocations.Of(() => denoiser.Predict(Cases.Fixed.Level, x, prediction)));
    }

    [Fact]
    public void Denoiser_OfWhiteDataWithoutMean_PredictsNoVelocity()
    {
        // λ = 1: x_t is white at every level, and α·ε − σ·x_0 is independent of it.
        GaussianDenoiser denoiser = new(new(5, 3, [], Matrices.Identity(5), Matrices.Identity(3)), PredictionKind.V);
        float[] v = new float[15];
        denoiser.Predict(Cases.Fixed.Level, Values.Normal(15, 5), v);
        Assert.All(v, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Denoiser_OfPartialSamples_Throws()
    {
        GaussianDenoiser denoiser = new(Cases.Fixed.Process());
        NoiseLevel level = Cases.Fixed.Level;
        Assert.Throws<ArgumentException>("x", () => denoiser.Predict(level, new float[16], new float[16]));
        Assert.Throws<ArgumentException>("prediction", () => denoiser.Predict(level, new float[15], new float[16]));
    }
}
