// Codes in a subspace:  h = Wᵀ(x − m),  x = m + W h. With principal components it is the linear autoencoder of least
// squared error; computed in double, rounded once.

namespace PureDit.Latent;

/// <summary>An autoencoder of a mean and a subspace. Immutable.</summary>
public sealed class LinearAutoencoder : IAutoencoder
{
    private readonly double[] _mean;

    /// <summary>Creates one.</summary>
    /// <param name="subspace">W.</param>
    /// <param name="mean">m, [D]; empty for zero.</param>
    /// <exception cref="ArgumentException">The mean has another length or is not finite.</exception>
    public LinearAutoencoder(ISubspace subspace, ReadOnlySpan<double> mean = default)
    {
        ArgumentNullException.ThrowIfNull(subspace);
        if (!mean.IsEmpty) Expect.Length(subspace.Dimension, mean.Length, nameof(mean));
        Expect.Finite(mean, nameof(mean));
        (Subspace, _mean) = (subspace, mean.IsEmpty ? new double[subspace.Dimension] : mean.ToArray());
    }

    /// <summary>W.</summary>
    public ISubspace Subspace { get; }

    /// <summary>m, [D].</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <inheritdoc/>
    public int DataSize => Subspace.Dimension;

    /// <inheritdoc/>
    public int CodeSize => Subspace.Rank;

    // [doc:latent-pca-autoencoder]
    /// <summary>The mean and the principal components of data.</summary>
    /// <param name="data">[n, D], at least one.</param>
    /// <param name="size">D.</param>
    /// <param name="codeSize">d₀.</param>
    public static LinearAutoencoder Principal(ReadOnlySpan<float> data, int size, int codeSize)
    {
        Expect.Rank(size, codeSize);
        int count = Expect.Samples(data.Length, size, nameof(data));
        if (count == 0) throw new ArgumentException("data: expected at least one datum, got none.", nameof(data));
        double[] mean = new double[size], centred = new double[data.Length];
        for (int i = 0; i < data.Length; i++) mean[i % size] += data[i] / (double)count;
        for (int i = 0; i < data.Length; i++) centred[i] = data[i] - mean[i % size];
        return new(PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(centred, size), size, codeSize), mean);
    }
    // [/doc:latent-pca-autoencoder]

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<float> data, Span<float> codes)
    {
        int count = Expect.Samples(data.Length, DataSize, nameof(data));
        Expect.Length(count * CodeSize, codes.Length, nameof(codes));
        double[] x = new double[DataSize], h = new double[CodeSize];
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < x.Length; i++) x[i] = data[(s * x.Length) + i] - _mean[i];
            Subspace.Project(x, h);
            for (int i = 0; i < h.Length; i++) codes[(s * h.Length) + i] = (float)h[i];
        }
    }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<float> codes, Span<float> data)
    {
        int count = Expect.Samples(codes.Length, CodeSize, nameof(codes));
        Expect.Length(count * DataSize, data.Length, nameof(data));
        double[] x = new double[DataSize], h = new double[CodeSize];
        for (int s = 0; s < count; s++)
        {
            for (int i = 0; i < h.Length; i++) h[i] = codes[(s * h.Length) + i];
            Subspace.Lift(h, x);
            for (int i = 0; i < x.Length; i++) data[(s * x.Length) + i] = (float)(_mean[i] + x[i]);
        }
    }
}
