using FsCheck.Fluent;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Diffusion.Tests;

public class PhiloxNoiseTests
{
    [Fact]
    public void Sample_IsTheSameInAnyBatch() => Law.Holds(Gen.Choose(1, 7).Three(), given =>
    {
        (int size, int samples, int first) = given;
        float[] batch = new float[(first + samples) * size], alone = new float[samples * size];
        new PhiloxNoise(7, size).Fill(3, batch);
        new PhiloxNoise(7, size, first).Fill(3, alone);
        Near.SameBits(batch.AsSpan(first * size), alone);
    });

    [Fact]
    public void Noise_IsPhiloxOfTheSamplerStream()
    {
        float[] noise = new float[10], expected = new float[5];
        new PhiloxNoise(7, 5, firstSample: 2).Fill(13, noise);
        new Philox(7, PhiloxStream.Sampler).FillNormal(13, 3, expected);
        Near.SameBits(expected, noise.AsSpan(5));
    }

    [Fact]
    public void SeedDrawAndSample_AllChangeTheNoise()
    {
        HashSet<float> firsts = [];
        foreach (ulong seed in (ulong[])[1, 2])
        {
            foreach (int draw in (int[])[0, 1])
            {
                float[] noise = new float[6];
                new PhiloxNoise(seed, 3).Fill(draw, noise);
                Assert.True(firsts.Add(noise[0]) && firsts.Add(noise[3]));
            }
        }
    }

    [Fact]
    public void ImpossibleArguments_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhiloxNoise(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PhiloxNoise(1, 1, -1));
        PhiloxNoise noise = new(1, 3);
        Assert.Contains(
            "noise: expected [n, 3]", Assert.Throws<ArgumentException>(() => noise.Fill(0, new float[4])).Message);
    }
}
