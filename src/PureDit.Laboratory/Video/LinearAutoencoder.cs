// Principal components as an autoencoder: with mean m, the d leading eigenvectors B of the covariance of the data and the
// deviation s along the first of them,
//   code = Bᵀ(x − m)/s       uncorrelated on the data it was fitted to; distances are those of the data, over s
//   x'   = m + s·B·code      the nearest point of the plane that holds most of the variance

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>A linear autoencoder fitted to data by principal components.</summary>
internal sealed class LinearAutoencoder
{
    private readonly int _size, _codes;
    private readonly float[] _encoder, _encoderBias, _decoder, _mean;

    /// <summary>Fits the autoencoder.</summary>
    /// <param name="data">[n, size].</param>
    /// <param name="size">Values of a point.</param>
    /// <param name="codes">d, the values of a code.</param>
    public LinearAutoencoder(ReadOnlySpan<float> data, int size, int codes)
    {
        (_size, _codes) = (size, codes);
        double[] covariance = SequenceStatistics.FullCovariance(data, size);
        double[] mean = new double[size];
        for (int i = 0; i < data.Length; i++) mean[i % size] += data[i];
        for (int i = 0; i < size; i++) mean[i] /= data.Length / size;
        SymmetricEigen eigen = new(covariance, size); // ascending
        Explained = eigen.Values[^codes..].ToArray().Sum() / eigen.Values.ToArray().Sum();
        (_encoder, _decoder, _encoderBias) = (new float[codes * size], new float[size * codes], new float[codes]);
        _mean = Array.ConvertAll(mean, v => (float)v);
        double deviation = Math.Sqrt(eigen.Values[size - 1]);
        for (int k = 0; k < codes; k++)
        {
            ReadOnlySpan<double> direction = eigen.Vectors.Slice((size - 1 - k) * size, size);
            double projected = 0;
            for (int i = 0; i < size; i++) projected += direction[i] * mean[i];
            _encoderBias[k] = (float)(-projected / deviation);
            for (int i = 0; i < size; i++)
            {
                _encoder[(k * size) + i] = (float)(direction[i] / deviation);
                _decoder[(i * codes) + k] = (float)(direction[i] * deviation);
            }
        }
    }

    /// <summary>Share of the variance that the codes hold.</summary>
    public double Explained { get; }

    /// <summary>[n, size] → [n, d].</summary>
    public float[] Encode(ReadOnlySpan<float> data)
    {
        int n = data.Length / _size;
        float[] codes = new float[n * _codes];
        MatMul.Linear(Cpu.AllCores, data, _encoder, _encoderBias, n, _size, _codes, codes);
        return codes;
    }

    /// <summary>[n, d] → [n, size].</summary>
    public float[] Decode(ReadOnlySpan<float> codes)
    {
        int n = codes.Length / _codes;
        float[] data = new float[n * _size];
        MatMul.Linear(Cpu.AllCores, codes, _decoder, _mean, n, _codes, _size, data);
        return data;
    }
}
