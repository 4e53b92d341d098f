// A latent DiT trained on data of a world, and how far its score is from the exact one in all D dimensions.

using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>A trained model with the world of its data.</summary>
/// <param name="World">The data.</param>
/// <param name="Model">The model.</param>
internal sealed record TrainedLatent(LatentWorld World, LatentModel Model)
{
    /// <summary>Trains a DiT in the principal components of clean data, turned to the axes of B.</summary>
    public static TrainedLatent InPrincipalComponents(LatentWorld world, TrainingConfig config, int count, CancellationToken cancellation)
    {
        (int dimension, int rank) = (world.Subspace.Dimension, world.Subspace.Rank);
        double[] x = world.Lift(world.Codes(count, (int)config.Seed));
        LinearSubspace principal = PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(x, dimension), dimension, rank);
        double[] turned = new double[dimension * rank], h = new double[rank], unit = new double[rank], column = new double[dimension];
        for (int j = 0; j < rank; j++) // the nearest basis of the same span: only the span is identifiable
        {
            Array.Clear(unit);
            unit[j] = 1;
            world.Subspace.Lift(unit, column);
            principal.Project(column, h);
            principal.Lift(h, column);
            for (int i = 0; i < dimension; i++) turned[(i * rank) + j] = column[i];
        }

        return Train(world, config, x, new LinearAutoencoder(LinearSubspace.Orthonormal(dimension, rank, turned)), cancellation);
    }

    /// <summary>Trains the same DiT on the data as they are.</summary>
    public static TrainedLatent InFullDimension(LatentWorld world, TrainingConfig config, int count, CancellationToken cancellation) =>
        Train(world, config, world.Lift(world.Codes(count, (int)config.Seed)), new IdentityAutoencoder(world.Subspace.Dimension), cancellation);

    /// <summary>E‖s_W − ∇log p_t‖² in R^D at a level, on fresh data.</summary>
    public double SquaredScoreError(NoiseLevel level, int count, int seed)
    {
        int dimension = World.Subspace.Dimension;
        double[] noisy = World.Noisy(World.Lift(World.Codes(count, seed, PhiloxStream.Evaluation)), level, 7000 + seed), exact = new double[dimension];
        float[] x = Array.ConvertAll(noisy, v => (float)v), score = new float[x.Length];
        IDenoiser codes = Model.Denoiser(Cpu.AllCores);
        IDenoiser denoiser = Model.Autoencoder is LinearAutoencoder linear ? new SubspaceDenoiser(linear.Subspace, codes) : codes;
        Prediction.Of(denoiser, PredictionKind.Score, level, x, score);
        double sum = 0;
        for (int s = 0; s < count; s++)
        {
            ScoreDecomposition.Score(World.Subspace, World.Law, level, noisy.AsSpan(s * dimension, dimension), exact);
            for (int i = 0; i < dimension; i++) sum += (score[(s * dimension) + i] - exact[i]) * (score[(s * dimension) + i] - exact[i]);
        }

        return sum / count;
    }

    /// <summary>Mean over coordinates of the Wasserstein-2 distance between sampled and true codes.</summary>
    public double MarginalDistance(int count, int seed, CancellationToken cancellation)
    {
        int rank = World.Law.Size;
        float[] tokens = new float[count * rank], codes = new float[count * rank];
        Model.Tokens.Sample(count, new() { Seed = (ulong)seed, Steps = 20 }, cancellation: cancellation).FlattenTo(tokens);
        Model.Reshape.FromTokens<float>(tokens, codes);
        return MarginalDistance(Array.ConvertAll(codes, v => (double)v), World.Codes(count, seed, PhiloxStream.Evaluation), rank);
    }

    /// <summary>The same between two sets of codes, [n, d₀] each.</summary>
    public static double MarginalDistance(double[] codes, double[] others, int rank)
    {
        double sum = 0;
        for (int j = 0; j < rank; j++)
        {
            double[] a = [.. codes.Where((_, i) => i % rank == j).Order()], b = [.. others.Where((_, i) => i % rank == j).Order()];
            double square = 0;
            for (int i = 0; i < a.Length; i++) square += (a[i] - b[i]) * (a[i] - b[i]);
            sum += Math.Sqrt(square / a.Length) / rank;
        }

        return sum;
    }

    private static TrainedLatent Train(LatentWorld world, TrainingConfig config, double[] x, IAutoencoder autoencoder, CancellationToken cancellation)
    {
        int side = (int)Math.Round(Math.Sqrt(autoencoder.CodeSize));
        LatentData data = LatentData.Create(config, Array.ConvertAll(x, v => (float)v), new PatchReshape(side, 2), autoencoder);
        data.Train(TimeProvider.System, cancellation: cancellation); // no time limit is set: the clock changes nothing
        cancellation.ThrowIfCancellationRequested();
        return new(world, data.Model);
    }
}
