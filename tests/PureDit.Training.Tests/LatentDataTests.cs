using System.Numerics.Tensors;
using PureDit.Diffusion;
using PureDit.Formats;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>A DiT in the codes of an autoencoder: sixteen values in R^24, in four tokens of four.</summary>
public sealed class LatentDataTests : IDisposable
{
    private const int Dimension = 24, Rank = 16, Count = 512;
    private static readonly PatchReshape s_reshape = new(4, 2);
    private static readonly LinearSubspace s_subspace = LinearSubspace.Random(Dimension, Rank, 3);
    private static readonly TrainingConfig s_config = Tiny.Config with { Steps = 250, LearningRate = 4e-3, MinTime = 0.02, MaxTime = 5, LogEvery = 50, Batch = 32 };
    private readonly string _folder = Directory.CreateTempSubdirectory("puredit-latent-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void FreshModel_IsTheGaussianDenoiserOfItsMoments()
    {
        LatentData latent = Create();
        GaussianSkip skip = latent.Model.Tokens.Skip!;
        float[] x = Values.Normal(3 * Dimension, seed: 4), codes = new float[3 * Rank], tokens = new float[3 * Rank], clean = new float[3 * Rank];
        latent.Model.Autoencoder.Encode(x, codes);
        s_reshape.ToTokens<float>(codes, tokens);
        NoiseLevel level = NoiseLevel.FromTime(0.4);
        latent.Model.Tokens.Denoiser(Cpu.Serial).Predict(level, tokens, clean);
        double[] expected = new double[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            (double m, double v) = (skip.Mean[i % Rank], skip.Variance[i % Rank]);
            expected[i] = m + (level.Alpha * v / ((level.AlphaBar * v) + level.Variance) * (tokens[i] - (level.Alpha * m)));
        }

        Near.Equal(expected, clean, 1e-6, 1e-6, "E[h0 | h]");

        // Of codes, after the permutation back: what SubspaceDenoiser lifts.
        float[] byCode = new float[codes.Length], permuted = new float[codes.Length];
        latent.Model.Denoiser(Cpu.Serial).Predict(level, codes, byCode);
        s_reshape.FromTokens<float>(clean, permuted);
        Assert.Equal(permuted, byCode);
    }

    [Fact]
    public void Training_LearnsWhatIsNotGaussian()
    {
        LatentData latent = Create();
        TrainingSummary summary = latent.Train(TimeProvider.System);
        Assert.InRange(summary.OptimalLoss, 0.1, 0.99); // the judge knows how coordinates go together, the skip does not
        Assert.InRange(summary.FinalLoss, 0.05, 0.9); // a fresh network has 1
    }

    [Fact]
    public void OptimalLoss_OfItsOwnMoments_IsOne()
    {
        double[] spatial = [0.7, 0, 0, 2];
        GaussianSequence process = new(2, 2, [1, 2, 3, 4], [1, 0, 0, 0.5], spatial);
        GaussianSkip skip = new([1, 2, 3, 4], [0.7, 2, 0.35, 1]), other = new([0, 0, 0, 0], [1, 1, 1, 1]);
        foreach (double time in new[] { 0.01, 0.5, 4 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            Near.Equal(1, OptimalLoss.PerValue(process, skip, level), 1e-12, 0, "own");
            Near.Equal(OptimalLoss.PerValue(process, PredictionKind.V, level), OptimalLoss.PerValue(process, other, level), 1e-12, 0, "v");
        }
    }

    [Fact]
    public void Samples_LieInTheSubspace_AndComeBackFromAFile()
    {
        LatentData latent = Create(s_config with { Steps = 5 });
        latent.Train(TimeProvider.System);
        string path = Path.Combine(_folder, "latent.safetensors");
        latent.Model.Save(path);
        LatentModel loaded = LatentModel.Load(path);
        float[] samples = Flat(latent.Model.Sample(7, new() { Steps = 4 })), again = Flat(loaded.Sample(7, new() { Steps = 4 }));
        Near.SameBits(samples, again, "samples");
        Near.Varied(samples);
        LinearAutoencoder linear = Assert.IsType<LinearAutoencoder>(loaded.Autoencoder);
        float[] codes = new float[7 * Rank], back = new float[samples.Length];
        linear.Encode(samples, codes);
        linear.Decode(codes, back);
        Near.Equal(Near.ToDouble(samples), back, 1e-5, 1e-5, "decoded once, nothing off the subspace");

        byte[] first = File.ReadAllBytes(path);
        loaded.Save(path);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void IdentityAutoencoder_IsAnOrdinaryModelOfTokens()
    {
        LatentData latent = LatentData.Create(s_config, Values.Normal(64 * Rank, seed: 8), s_reshape, new IdentityAutoencoder(Rank));
        string path = Path.Combine(_folder, "identity.safetensors");
        latent.Model.Save(path);
        Assert.IsType<IdentityAutoencoder>(LatentModel.Load(path).Autoencoder);
        Assert.Equal(Flat(latent.Model.Sample(3, new() { Steps = 3 })), Flat(LatentModel.Load(path).Sample(3, new() { Steps = 3 })));

        string tokens = Path.Combine(_folder, "tokens.safetensors");
        latent.Model.Tokens.Save(tokens); // and by themselves
        Assert.Equal(latent.Model.Tokens.Skip!.Variance.ToArray(), DiffusionModel.Load(tokens).Skip!.Variance.ToArray());
    }

    [Fact]
    public void FilesThatAreNoLatentModel_AreRefused()
    {
        string path = Path.Combine(_folder, "x.safetensors");
        LatentData latent = Create();
        latent.Model.Tokens.Save(path);
        Assert.Contains("puredit.latent.autoencoder", Assert.Throws<DiTFileException>(() => LatentModel.Load(path)).Message, StringComparison.Ordinal);
        latent.Model.Save(path);
        Rewrite(path, (metadata, _) => metadata["puredit.latent.patch"] = "3");
        Assert.Contains("patch", Assert.Throws<DiTFileException>(() => LatentModel.Load(path)).Message, StringComparison.Ordinal);
        latent.Model.Save(path);
        Rewrite(path, (metadata, _) => metadata["puredit.process.skip_variance"] = "[1, 2]");
        Assert.Contains("skip_variance", Assert.Throws<DiTFileException>(() => LatentModel.Load(path)).Message, StringComparison.Ordinal);
        latent.Model.Save(path);
        Rewrite(path, (_, tensors) => tensors["autoencoder.basis"] = SafetensorsEntry.FromDoubles(new double[Dimension * Rank], Dimension, Rank));
        Assert.Contains("orthonormal", Assert.Throws<DiTFileException>(() => LatentModel.Load(path)).Message, StringComparison.Ordinal);
        latent.Model.Save(path);
        Rewrite(path, (_, tensors) => tensors.Remove("autoencoder.mean"));
        Assert.Contains("autoencoder.mean", Assert.Throws<DiTFileException>(() => LatentModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SizesThatDoNotFit_AreRefused()
    {
        LatentModel model = Create().Model;
        Assert.Throws<ArgumentException>(() => new LatentModel(model.Tokens, s_reshape, new IdentityAutoencoder(5)));
        Assert.Throws<ArgumentException>(() => new LatentModel(model.Tokens, new PatchReshape(4, 1), new IdentityAutoencoder(Rank)));
        Assert.Throws<ArgumentException>(() => model.Tokens with { Skip = new GaussianSkip([0], [1]) });
        Assert.Throws<InvalidOperationException>(() => new LatentModel(model.Tokens, s_reshape, new Other()).Save(Path.Combine(_folder, "y")));
        Assert.Throws<ArgumentException>(() => new CodeDenoiser(new LatentDenoiser(LatentGaussian.Diagonal(1)), s_reshape));
    }

    private static LatentData Create(TrainingConfig? config = null) =>
        LatentData.Create(config ?? s_config, Data(), s_reshape, new LinearAutoencoder(s_subspace));

    // Two modes, ±2 in every coordinate of the code.
    private static float[] Data()
    {
        float[] data = new float[Count * Dimension], z = Values.Normal(Count * Rank, seed: 6);
        double[] h = new double[Rank], x = new double[Dimension];
        for (int s = 0; s < Count; s++)
        {
            for (int i = 0; i < Rank; i++) h[i] = (s % 2 == 0 ? 2 : -2) + (0.4 * z[(s * Rank) + i]);
            s_subspace.Lift(h, x);
            for (int i = 0; i < Dimension; i++) data[(s * Dimension) + i] = (float)x[i];
        }

        return data;
    }

    private static float[] Flat(Tensor<float> tensor)
    {
        float[] flat = new float[tensor.FlattenedLength];
        tensor.FlattenTo(flat);
        return flat;
    }

    private static void Rewrite(string path, Action<Dictionary<string, string>, Dictionary<string, SafetensorsEntry>> change)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        Dictionary<string, string> metadata = new(file.Metadata);
        Dictionary<string, SafetensorsEntry> tensors = new(file.Tensors);
        change(metadata, tensors);
        SafetensorsFile.Write(path, tensors, metadata);
    }

    private sealed class Other : IAutoencoder
    {
        public int DataSize => Rank;

        public int CodeSize => Rank;

        public void Encode(ReadOnlySpan<float> data, Span<float> codes) => data.CopyTo(codes);

        public void Decode(ReadOnlySpan<float> codes, Span<float> data) => codes.CopyTo(data);
    }
}
