using System.Runtime.Intrinsics;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class PhiloxTests
{
    private const double NormalTolerance = 1e-8; // the listed values are rounded to 9 decimals

    // Known answers of Random123 (tests/kat_vectors), and six made with an independent implementation.
    [Theory]
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x0000000000000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffffffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0a4093822, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    [InlineData(0, 0, 0, 0, 0x9abcdef012345678, 0x0279b337, 0xecb5bd8d, 0xe611c4f6, 0x44ece875)]
    [InlineData(1, 0, 0, 0, 0x9abcdef012345678, 0xeb897a36, 0x4fcdf6b6, 0xfba23d8c, 0x6eed5b47)]
    [InlineData(2, 0, 0, 0, 0x9abcdef012345678, 0x207b164b, 0x5d52b9ca, 0xba2c9175, 0x19dee812)]
    [InlineData(3, 0, 0, 0, 0x9abcdef012345678, 0x79a15f39, 0xa13c94ab, 0x4e2780f6, 0xd661efdd)]
    [InlineData(0xffffffff, 0, 0, 0, 0x9abcdef012345678, 0xe7019055, 0x03c6b0e3, 0x345aeb4a, 0xda877f96)]
    [InlineData(0, 1, 0, 0, 0x9abcdef012345678, 0x9585d746, 0x433b4f8e, 0x4075218b, 0x00f287bf)]
    public void Block_KnownAnswers(
        uint c0, uint c1, uint c2, uint c3, ulong key, uint w0, uint w1, uint w2, uint w3) =>
        Assert.Equal((w0, w1, w2, w3), Philox.Block(key, c0, c1, c2, c3));

    [Fact]
    public void Normal_KnownAnswers()
    {
        double[] expected =
        [
            0.991137680, -0.924662588, -0.617608959, -0.482068587,
            -0.153638230, 0.180825898, 0.831735105, 0.197439720,
            -1.186357803, 2.544097279, -0.269649969, 1.961131601,
        ];
        double[] actual = new double[expected.Length];
        new Philox(0, PhiloxStream.Initialisation).FillNormal(0, 0, actual);
        Near.Equal(expected, actual, 0, NormalTolerance);

        double[] uniform = new double[4];
        new Philox(0, PhiloxStream.Initialisation).FillUniform(0, 0, uniform);
        Near.Equal([0.399046471, 0.880520198, 0.735712784, 0.605481854], uniform, 0, NormalTolerance);
    }

    [Fact]
    public void Draws_AreKeyedBySeedStreamStepAndSample()
    {
        static double First(ulong seed, PhiloxStream stream, long step, long sample)
        {
            double[] z = new double[1];
            new Philox(seed, stream).FillNormal(step, sample, z);
            return z[0];
        }

        double[] draws =
        [
            First(7, PhiloxStream.Noise, 3, 5), First(8, PhiloxStream.Noise, 3, 5), First(7ul << 32, PhiloxStream.Noise, 3, 5),
            First(7, PhiloxStream.Sampler, 3, 5), First(7, PhiloxStream.Noise, 5, 3), First(7, PhiloxStream.Noise, 3, 6),
        ];
        Assert.Equal(draws.Length, draws.Distinct().Count());

        // The counter is (block, sample, step, stream), in this order: part of the promise of reproducible runs.
        uint word = Philox.Block(7, 0, 5, 3, (uint)PhiloxStream.Noise).W0;
        Assert.Equal((word + 0.5) / 4294967296.0, new Philox(7, PhiloxStream.Noise).Uniform(3, 5));
    }

    [Fact]
    public void Prefix_DoesNotDependOnLength() =>
        Law.Holds(Gen.Choose(0, 70), length =>
        {
            Philox philox = new(11, PhiloxStream.Noise);
            float[] whole = new float[73], part = new float[length];
            philox.FillNormal(2, 3, whole);
            philox.FillNormal(2, 3, part);
            Near.SameBits(whole.AsSpan(0, length), part);
            philox.FillUniform(2, 3, whole);
            philox.FillUniform(2, 3, part);
            Near.SameBits(whole.AsSpan(0, length), part);
        });

    [Fact]
    public void FloatNormal_IsDoubleNormalRounded()
    {
        Philox philox = new(5, PhiloxStream.Evaluation);
        float[] single = new float[1001];
        double[] precise = new double[1001];
        philox.FillNormal(1, 2, single);
        philox.FillNormal(1, 2, precise);
        Near.SameBits(Near.ToFloat(precise), single);
    }

    [Fact]
    public void Log_SinCos_MatchTheLibraryWithinAFewUlp()
    {
        const double Bound = 2e-15; // a few ulp of a value of at most 1; of the value itself for the logarithm
        double[] turns = new double[100_003];
        new Philox(3, PhiloxStream.Evaluation).FillUniform(0, 0, turns);
        turns[0] = 0.5 / 4294967296.0;
        turns[1] = 1 - turns[0];
        turns[2] = 0.5;
        foreach (double u in turns)
        {
            Near.Equal(Math.Log(u), BoxMuller.Log(u), Bound, 0, $"ln {u}");
            (Vector256<double> sin, Vector256<double> cos) = BoxMuller.SinCosOfTurn(Vector256.Create(u));
            Near.Equal([Math.Sin(2 * Math.PI * u), Math.Cos(2 * Math.PI * u)], new[] { sin[0], cos[0] }, 0, Bound, $"{u} turns");
        }
    }

    [Fact]
    public void Normal_HasTheMomentsOfANormal()
    {
        const int Count = 1_000_000;
        double[] z = new double[Count];
        new Philox(1, PhiloxStream.Noise).FillNormal(0, 0, z);
        double mean = z.Average(), variance = z.Average(x => x * x), third = z.Average(x => x * x * x);
        double fourth = z.Average(x => x * x * x * x), lag = z.Zip(z.Skip(1), (a, b) => a * b).Average();
        double fourSigma = 4 / Math.Sqrt(Count); // standard errors are 1, √2, √15, √96 and 1 over √Count
        Assert.InRange(mean, -fourSigma, fourSigma);
        Assert.InRange(variance - 1, -fourSigma * Math.Sqrt(2), fourSigma * Math.Sqrt(2));
        Assert.InRange(third, -fourSigma * Math.Sqrt(15), fourSigma * Math.Sqrt(15));
        Assert.InRange(fourth - 3, -fourSigma * Math.Sqrt(96), fourSigma * Math.Sqrt(96));
        Assert.InRange(lag, -fourSigma, fourSigma);

        foreach ((double p, double quantile) in new[] { (0.01, -2.326347874), (0.25, -0.674489750), (0.5, 0.0), (0.999, 3.090232306) })
        {
            double share = z.Count(x => x < quantile) / (double)Count, bound = 4 * Math.Sqrt(p * (1 - p) / Count);
            Assert.InRange(share - p, -bound, bound);
        }
    }

    [Fact]
    public void Uniform_StaysInsideTheOpenInterval()
    {
        float[] u = new float[1_000_000];
        new Philox(2, PhiloxStream.Timestep).FillUniform(0, 0, u);
        Assert.All([u.Min(), u.Max()], x => Assert.True(x is > 0 and < 1));
        Assert.InRange(u.Average(), 0.5 - (4 * 0.2887 / 1000), 0.5 + (4 * 0.2887 / 1000));
    }

    [Fact]
    public void Index_IsUniformBelowCount()
    {
        const int Count = 7, Draws = 70_000;
        int[] hits = new int[Count];
        Philox philox = new(4, PhiloxStream.Data);
        for (int i = 0; i < Draws; i++) hits[philox.Index(i, 0, Count)]++;
        double chiSquared = hits.Sum(h => Math.Pow(h - (Draws / Count), 2) / (Draws / (double)Count));
        Assert.InRange(chiSquared, 0.1, 35); // 6 degrees of freedom: p ≈ 5e-6 above 35

        // 2^32 words over 3·2^29 indices: without rejection they would get 3, 3, 2, 3, 3, 2, … words each.
        const int Large = 3 << 29;
        int third = 0;
        for (int i = 0; i < Draws; i++) third += philox.Index(i, 1, Large) % 3 == 0 ? 1 : 0;
        Assert.InRange(third / (double)Draws, (1.0 / 3) - 0.0072, (1.0 / 3) + 0.0072); // four standard errors
        Assert.Equal(0, philox.Index(0, 0, 1));
    }

    [Fact]
    public void Keys_BeyondThe32Bits_Throw()
    {
        Philox philox = new(1, PhiloxStream.Noise);
        Assert.Throws<ArgumentOutOfRangeException>("step", () => philox.FillNormal(1L << 32, 0, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>("sample", () => philox.FillUniform(0, 1L << 32, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>("step", () => philox.Uniform(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => philox.Index(0, 0, 0));
        philox.FillNormal(uint.MaxValue, uint.MaxValue, new float[1]);
    }
}
