// Teaching code of chapter 10: the score of a line in the plane, noise as the latent sees it, and the distance of two
// subspaces that exist only as maps (exercise 3).

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Latent;

namespace PureDit.Book;

/// <summary>Data on the line through (3, 4)/5, their place on it N(0, variance): the smallest subspace.</summary>
public sealed class LineInThePlane(NoiseLevel level, double variance)
{
    private const double U = 0.6, V = 0.8; // B, one column of length 1

    /// <summary>C = α²λ + σ², the variance of a noisy place on the line.</summary>
    public double Noisy => (level.AlphaBar * variance) + level.Variance;

    // [doc:line-in-the-plane]
    /// <summary>The score at (x, y) in two parts: along the line, and off it.</summary>
    public (double AlongX, double AlongY, double OffX, double OffY) Score(double x, double y)
    {
        double h = (U * x) + (V * y); // Bᵀx, the place on the line
        double along = -h / Noisy; // the score of a Gaussian in one dimension
        double offX = x - (U * h), offY = y - (V * h); // (I − BBᵀ)x, nothing but noise
        return (U * along, V * along, -offX / level.Variance, -offY / level.Variance);
    }
    // [/doc:line-in-the-plane]
}

/// <summary>Wᵀξ of the noise ξ of the whole space.</summary>
public sealed class ProjectedNoise(INoiseSource whole, LinearSubspace subspace) : INoiseSource
{
    public void Fill(int draw, Span<float> noise)
    {
        int count = noise.Length / subspace.Rank;
        float[] full = new float[count * subspace.Dimension];
        whole.Fill(draw, full);
        double[] x = new double[subspace.Dimension], h = new double[subspace.Rank];
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < x.Length; i++) x[i] = full[(s * x.Length) + i];
            subspace.Project(x, h);
            for (int i = 0; i < h.Length; i++) noise[(s * h.Length) + i] = (float)h[i];
        }
    }
}

/// <summary>Exercise 3: ‖WWᵀ − BBᵀ‖²_F of subspaces without matrices.</summary>
public static class MapDistance
{
    // [doc:require-map-distance]
    /// <summary>The test: right for any maps of equal rank, and 0 to far below rounding for the same span.</summary>
    public static void Require(Func<ISubspace, ISubspace, double> distance)
    {
        LinearSubspace dense = LinearSubspace.Random(32, 5, seed: 1);
        HouseholderSubspace reflections = HouseholderSubspace.Of(dense);
        HadamardSubspace mixed = new(32, 5, stages: 2, seed: 3);
        double expected = dense.SquaredDistance(LinearSubspace.Of(mixed)), found = distance(reflections, mixed);
        if (!(Math.Abs(found - expected) < 1e-12)) throw new InvalidOperationException($"expected {expected}, got {found}.");
        double same = distance(dense, reflections);
        if (!(same is >= 0 and < 1e-25)) throw new InvalidOperationException($"the same span: expected 0 to 1e-25, got {same}.");
    }
    // [/doc:require-map-distance]

    // [doc:answer-map-distance]
    public static double Of(ISubspace w, ISubspace b)
    {
        double[] unit = new double[b.Rank], column = new double[b.Dimension], inner = new double[w.Rank], image = new double[w.Dimension];
        double outside = 0;
        for (int j = 0; j < b.Rank; j++)
        {
            unit[j] = 1;
            b.Lift(unit, column); // column j of B
            w.Project(column, inner);
            w.Lift(inner, image);
            Dense.AddScaled(-1, image, column); // (I − WWᵀ)B e_j
            outside += Dense.SquaredNorm(column);
            unit[j] = 0;
        }

        return 2 * outside; // for equal ranks the other way round gives as much
    }
    // [/doc:answer-map-distance]
}

/// <summary>The data of the chapter's experiments: x₀ = B h₀ with codes h₀ ~ N(0, diag(Variances)).</summary>
internal static class SubspaceData
{
    public static readonly double[] Variances = [2, 1, 0.5, 0.25];

    /// <summary>n·count standard normal values.</summary>
    public static double[] Normal(int count, int seed, long sample = 0)
    {
        double[] z = new double[count];
        new Philox((ulong)seed, PhiloxStream.Evaluation).FillNormal(0, sample, z);
        return z;
    }

    /// <summary>h₀, [n, 4].</summary>
    public static double[] Codes(int count, int seed)
    {
        double[] h = new double[count * 4];
        LatentGaussian.Diagonal(Variances).Sample(new Philox((ulong)seed, PhiloxStream.Data), 0, h);
        return h;
    }

    /// <summary>B h for every row.</summary>
    public static double[] Lift(LinearSubspace b, double[] codes)
    {
        int count = codes.Length / b.Rank;
        double[] x = new double[count * b.Dimension];
        for (int i = 0; i < count; i++) b.Lift(codes.AsSpan(i * b.Rank, b.Rank), x.AsSpan(i * b.Dimension, b.Dimension));
        return x;
    }

    /// <summary>α x₀ + σ ε.</summary>
    public static double[] Noisy(double[] clean, NoiseLevel level, int seed)
    {
        double[] x = Normal(clean.Length, seed);
        for (int i = 0; i < x.Length; i++) x[i] = (level.Alpha * clean[i]) + (level.Sigma * x[i]);
        return x;
    }

    /// <summary>B diag(Variances) Bᵀ, [D, D].</summary>
    public static double[] Moment(LinearSubspace b)
    {
        double[] scaled = b.Basis.ToArray(), moment = new double[b.Dimension * b.Dimension];
        for (int i = 0; i < scaled.Length; i++) scaled[i] *= Math.Sqrt(Variances[i % b.Rank]);
        Dense.Multiply(scaled, Dense.Transpose(scaled, b.Dimension, b.Rank), b.Dimension, b.Rank, b.Dimension, moment);
        return moment;
    }

    /// <summary>The codes of B diag(Variances) Bᵀ under another W: N(0, WᵀBΛBᵀW).</summary>
    public static LatentGaussian SeenBy(LinearSubspace w, LinearSubspace b)
    {
        double[] inner = new double[w.Rank * b.Rank], covariance = new double[w.Rank * w.Rank];
        Dense.Multiply(Dense.Transpose(w.Basis, w.Dimension, w.Rank), b.Basis, w.Rank, w.Dimension, b.Rank, inner);
        for (int i = 0; i < inner.Length; i++) inner[i] *= Math.Sqrt(Variances[i % b.Rank]);
        Dense.Multiply(inner, Dense.Transpose(inner, w.Rank, b.Rank), w.Rank, b.Rank, w.Rank, covariance);
        return new(new double[w.Rank], covariance);
    }

    /// <summary>64 codes as a law of their own: a training set.</summary>
    public static IsotropicMixture Points() => new(4, Codes(64, 70));

    /// <summary>Largest error of the attention kernel's mean, over the radius of the points.</summary>
    public static double AttentionError(IsotropicMixture points, NoiseLevel level)
    {
        double[] h = Noisy(points.Points.ToArray(), level, 71), score = new double[4];
        float[] mean = new float[h.Length];
        points.MeanByAttention(Cpu.Serial, level, Array.ConvertAll(h, v => (float)v), mean);
        double worst = 0;
        for (int i = 0; i < h.Length; i += 4)
        {
            points.Score(level, h.AsSpan(i, 4), score);
            for (int j = 0; j < 4; j++) worst = Math.Max(worst, Math.Abs(mean[i + j] - ((h[i + j] + (points.Spread(level) * score[j])) / level.Alpha)));
        }

        return worst / points.Radius;
    }
}
