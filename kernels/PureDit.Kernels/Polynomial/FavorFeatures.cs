// Positive orthogonal random features (Choromanski et al. 2021, arXiv 2009.14794):  e^{q·k} = E_w φ_w(q)·φ_w(k),
//   φ_w(x) = e^{w·x − |x|²/2},   w standard normal in d dimensions.
// Rows are orthogonal in groups of d (Gram–Schmidt), each as long as a normal vector of its own: still unbiased, with less
// variance. One feature's product has relative variance e^{|q+k|²} − 1, at most e^{4R} − 1 for scores within R.

namespace PureDit.Kernels;

/// <summary>The directions w of random features. Immutable; a function of head size, count and seed.</summary>
public sealed class FavorFeatures
{
    private readonly float[] _directions;

    private FavorFeatures(int headSize, int count, float[] directions) => (HeadSize, Count, _directions) = (headSize, count, directions);

    /// <summary>d.</summary>
    public int HeadSize { get; }

    /// <summary>m, the number of features.</summary>
    public int Count { get; }

    /// <summary>w, [count, headSize].</summary>
    public ReadOnlySpan<float> Directions => _directions;

    /// <summary>How many features a root-mean-square relative error of a weight needs where queries and keys align: (e^{4R} − 1)/error².</summary>
    /// <param name="radius">R, a bound of the scores.</param>
    /// <param name="error">Relative error, above 0.</param>
    public static double CountFor(double radius, double error) => (PortableMath.Exp(4 * radius) - 1) / (error * error);

    /// <summary>Draws directions.</summary>
    /// <param name="headSize">d, at least 1.</param>
    /// <param name="count">m, at least 1.</param>
    /// <param name="seed">Key of the draw.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static FavorFeatures Create(int headSize, int count, ulong seed)
    {
        Guard.Positive(headSize);
        Guard.Positive(count);
        Philox random = new(seed, PhiloxStream.Initialisation);
        float[] directions = new float[checked(count * headSize)];
        double[] lengths = new double[headSize];
        double[][] group = new double[headSize][];
        for (int first = 0; first < count; first += headSize)
        {
            for (int row = 0; row < headSize && first + row < count; row++)
            {
                group[row] = new double[headSize];
                random.FillNormal(0, first + row, group[row]);
                random.FillNormal(1, first + row, lengths);
                Orthogonalise(group, row);
                double length = Math.Sqrt(Dot(lengths, lengths) / Dot(group[row], group[row]));
                for (int c = 0; c < headSize; c++) directions[((first + row) * headSize) + c] = (float)(length * group[row][c]);
            }
        }

        return new FavorFeatures(headSize, count, directions);
    }

    private static void Orthogonalise(double[][] group, int row)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int other = 0; other < row; other++)
            {
                double share = Dot(group[other], group[row]) / Dot(group[other], group[other]);
                for (int c = 0; c < group[row].Length; c++) group[row][c] -= share * group[other][c];
            }
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
