using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.TestSupport;

namespace PureDit.Latent.Tests;

public sealed class SamplingTests
{
    private static NoiseLevel[] Grid(double end, double stop, double step) =>
        NoiseGrid.UniformTime(NoiseLevel.FromTime(end), NoiseLevel.FromTime(stop), (int)Math.Round((end - stop) / step));

    [Fact]
    public void OrthogonalVariance_HasItsGoldenValue()
    {
        double variance = EulerVariance.After(Grid(5, 0.05, 0.005)); // T = 5, T₀ = 0.05, μ = 0.005
        Near.Equal(0.0513, variance, 0, 0.00005);
        Near.Equal(0.1495, EulerVariance.OrthogonalBound(0.05, 0.005), 0, 0.00005);
    }

    [Theory]
    [InlineData(2, 0.01, 0.01)]
    [InlineData(5, 0.05, 0.005)]
    [InlineData(5, 0.2, 0.1)]
    [InlineData(8, 0.5, 0.5)]
    [InlineData(1.1, 0.3, 0.02)]
    public void OrthogonalVariance_KeepsItsBound(double end, double stop, double step) =>
        Assert.InRange(EulerVariance.After(Grid(end, stop, step)), 0, EulerVariance.OrthogonalBound(stop, step));

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(4)]
    public void Variance_ArrivesWhereItShould_ToFirstOrderInTheStep(double lambda)
    {
        NoiseLevel stop = NoiseLevel.FromTime(0.1);
        double target = (stop.AlphaBar * lambda) + stop.Variance;
        double coarse = EulerVariance.After(Grid(12, 0.1, 0.01), lambda) - target, fine = EulerVariance.After(Grid(12, 0.1, 0.005), lambda) - target;
        Near.Equal(2, coarse / fine, 0.1, 0); // halving the step halves the error; e^{−12} is what the start adds
    }

    [Fact]
    public void SamplesInFullDimension_AreThoseOfTheLatent_AndAnIndependentRest()
    {
        (int dimension, int rank, int count) = (9, 3, 4000);
        LatentCase c = new(dimension, rank, 1, 21);
        LinearSubspace w = c.Subspace();
        NoiseLevel[] levels = Grid(4, 0.05, 0.05);
        ReverseSdeEulerMaruyama sampler = new();
        PhiloxNoise noise = new(5, dimension);
        Projected inner = new(noise, w);
        float[] full = new float[count * dimension], code = new float[count * rank];
        noise.Fill(0, full);
        inner.Fill(0, code);
        LatentDenoiser denoiser = new(c.Mixture());
        sampler.Run(new SubspaceDenoiser(w, denoiser), levels, noise, full, new SamplerWorkspace());
        sampler.Run(denoiser, levels, inner, code, new SamplerWorkspace());

        double[] x = new double[dimension], h = new double[rank], back = new double[dimension];
        double square = 0;
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < dimension; i++) x[i] = full[(s * dimension) + i];
            w.Project(x, h);
            Near.Equal(Near.ToDouble(code.AsSpan(s * rank, rank)), h, 1e-3, 1e-3, "Wᵀx"); // 79 float32 steps, which a mixture may spread
            w.Lift(h, back);
            Dense.AddScaled(-1, back, x);
            square += Dense.SquaredNorm(x) / (count * (dimension - rank));
        }

        Near.Equal(EulerVariance.After(levels), square, 5 * Math.Sqrt(2.0 / (count * (dimension - rank))), 0, "variance of the rest");
    }

    [Fact]
    public void Reshape_IsAPermutation_PatchByPatch()
    {
        PatchReshape reshape = new(4, 2);
        Assert.Equal((16, 4, 4), (reshape.Size, reshape.Tokens, reshape.TokenSize));
        int[] tokens = new int[32], back = new int[32], values = [.. Enumerable.Range(0, 32)];
        reshape.ToTokens<int>(values, tokens);
        Assert.Equal([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15], tokens[..16]);
        Assert.Equal(tokens[..16].Select(v => v + 16), tokens[16..]);
        reshape.FromTokens<int>(tokens, back);
        Assert.Equal(values, back);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PatchReshape(5, 2));
        Assert.Throws<ArgumentException>(() => reshape.ToTokens<int>(values.AsSpan(1), tokens));
    }

    [Fact]
    public void Reshape_OfAnySize_GoesBack_AndKeepsTheNorm() =>
        Law.Holds(from p in Gen.Choose(1, 5) from k in Gen.Choose(1, 4) select (p, k), c =>
        {
            PatchReshape reshape = new(c.p * c.k, c.p);
            double[] values = new LatentCase(1, 1, 1, 3).Normal(2 * reshape.Size, 1), tokens = new double[values.Length], back = new double[values.Length];
            reshape.ToTokens<double>(values, tokens);
            reshape.FromTokens<double>(tokens, back);
            Assert.Equal(values, back);
            Assert.Equal(values.Order(), tokens.Order());
        });

    [Fact]
    public void PrincipalAutoencoder_KeepsDataOnItsSubspace_AndProjectsOther()
    {
        LatentCase c = new(7, 3, 1, 2);
        float[] data = new float[50 * 7], codes = new float[50 * 3], back = new float[50 * 7];
        double[] h = c.Normal(150, 3), offset = c.Normal(7, 4), x = new double[7];
        for (int i = 0; i < 50; i++)
        {
            c.Subspace().Lift(h.AsSpan(i * 3, 3), x);
            for (int j = 0; j < 7; j++) data[(i * 7) + j] = (float)(x[j] + offset[j]);
        }

        foreach (IAutoencoder autoencoder in new IAutoencoder[] { LinearAutoencoder.Principal(data, 7, 3), new IdentityAutoencoder(7) })
        {
            Array.Resize(ref codes, 50 * autoencoder.CodeSize);
            autoencoder.Encode(data, codes);
            autoencoder.Decode(codes, back);
            Near.Equal(Near.ToDouble(data), Near.ToDouble(back), 1e-5, 1e-5, "decode(encode(x))");
            Assert.Throws<ArgumentException>(() => autoencoder.Encode(data.AsSpan(1), codes));
            Assert.Throws<ArgumentException>(() => autoencoder.Decode(codes, new float[3]));
        }

        Assert.Throws<ArgumentException>(() => LinearAutoencoder.Principal([], 7, 3));
        Assert.Throws<ArgumentException>(() => new LinearAutoencoder(c.Subspace(), new double[6]));
    }

    [Fact]
    public void BadInput_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => EulerVariance.After([NoiseLevel.FromTime(1), NoiseLevel.FromTime(1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => EulerVariance.After(Grid(1, 0.5, 0.1), -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => EulerVariance.OrthogonalBound(0.9, 0.2));
        Assert.Throws<ArgumentException>(() => new SubspaceDenoiser(LinearSubspace.Random(5, 2, 0), new LatentDenoiser(LatentGaussian.Diagonal(1))));
        Assert.Throws<ArgumentException>(() => new LatentDenoiser(LatentGaussian.Diagonal(1, 1)).Predict(NoiseLevel.FromTime(1), new float[3], new float[3]));
    }

    private sealed class Projected(INoiseSource outer, LinearSubspace w) : INoiseSource
    {
        public void Fill(int draw, Span<float> noise)
        {
            int count = noise.Length / w.Rank;
            float[] full = new float[count * w.Dimension];
            outer.Fill(draw, full);
            double[] h = new double[w.Rank];
            for (int s = 0; s < count; s++)
            {
                w.Project(Near.ToDouble(full.AsSpan(s * w.Dimension, w.Dimension)), h);
                for (int i = 0; i < w.Rank; i++) noise[(s * w.Rank) + i] = (float)h[i];
            }
        }
    }
}
