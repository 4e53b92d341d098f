using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests;

public class LinearAlgebraTests
{
    // Backward stability: n times the unit roundoff, with a constant of some tens.
    private const double Stable = 1e-12;

    private static readonly Gen<(int N, int Seed)> Sizes =
        from n in Gen.Choose(1, 24) from seed in Gen.Choose(1, 1_000_000) select (n, seed);

    [Fact]
    public void Eigen_RebuildsTheMatrix() =>
        Law.Holds(from c in Sizes from power in Gen.Elements(-250, 0, 3, 250) select (c.N, c.Seed, power), c =>
        {
            double scale = Math.Pow(10, c.power);
            double[] a = Array.ConvertAll(Matrices.RandomSymmetric(c.N, c.Seed), x => x * scale);
            Near.Equal(a, new SymmetricEigen(a, c.N).Function(x => x), 0, Stable * 10 * scale, "V'LV");
        });

    [Fact]
    public void Eigen_VectorsAreOrthonormal_AndValuesAscend() =>
        Law.Holds(Sizes, c =>
        {
            SymmetricEigen eigen = new(Matrices.RandomSymmetric(c.N, c.Seed), c.N);
            double[] product = Matrices.Product(eigen.Vectors, Dense.Transpose(eigen.Vectors, c.N, c.N), c.N);
            Near.Equal(Matrices.Identity(c.N), product, 0, Stable, "VV'");
            for (int i = 1; i < c.N; i++) Assert.True(eigen.Values[i - 1] <= eigen.Values[i]);
        });

    [Fact]
    public void Eigen_OfARankOneMatrix_HasOneValue() =>
        Law.Holds(Sizes, c =>
        {
            double[] x = Values.NormalDouble(c.N, c.Seed), a = new double[c.N * c.N], expected = new double[c.N];
            Dense.Multiply(x, x, c.N, 1, c.N, a);
            expected[^1] = Dense.SquaredNorm(x);
            Near.Equal(expected, new SymmetricEigen(a, c.N).Values, 0, Stable * 100, "values");
        });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Eigen_OfMultiplesOfTheIdentity_AreThatMultiple(int n)
    {
        double[] threefold = Array.ConvertAll(Matrices.Identity(n), x => 3 * x);
        Assert.All(new SymmetricEigen(threefold, n).Values.ToArray(), x => Assert.Equal(3, x, 1e-14));
        Assert.All(new SymmetricEigen(new double[n * n], n).Values.ToArray(), x => Assert.Equal(0, x));
    }

    [Fact]
    public void Eigen_OfTheSecondDifference_AreTheSines()
    {
        const int N = 31;
        double[] a = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            a[i * (N + 1)] = 2;
            if (i > 0) a[(i * N) + i - 1] = a[((i - 1) * N) + i] = -1;
        }

        ReadOnlySpan<double> values = new SymmetricEigen(a, N).Values;
        for (int i = 0; i < N; i++)
        {
            double sine = 2 * Math.Sin(Math.PI * (i + 1) / (2 * (N + 1)));
            Near.Equal(sine * sine, values[i], 0, 1e-14, $"value {i}");
        }
    }

    [Fact]
    public void Cholesky_RebuildsTheMatrix_AndSolves() =>
        Law.Holds(from c in Sizes from columns in Gen.Choose(1, 4) select (c.N, c.Seed, columns), c =>
        {
            double[] a = Matrices.RandomCovariance(c.N, c.Seed), b = Values.NormalDouble(c.N * c.columns, c.Seed + 1);
            Cholesky factor = new(a, c.N);
            double[] square = Matrices.Product(factor.Lower, Dense.Transpose(factor.Lower, c.N, c.N), c.N);
            Near.Equal(a, square, 0, Stable, "LL'");
            double[] x = new double[b.Length], product = new double[b.Length];
            factor.Solve(b, c.columns, x);
            Dense.Multiply(a, x, c.N, c.N, c.columns, product);
            Near.Equal(b, product, 0, Stable * 10, "Ax");
            double logDeterminant = 0;
            foreach (double value in new SymmetricEigen(a, c.N).Values) logDeterminant += Math.Log(value);
            Near.Equal(logDeterminant, factor.LogDeterminant, 1e-11, 1e-11, "ln det");
        });

    [Fact]
    public void Cholesky_OfAnIndefiniteMatrix_NamesPivotAndEigenvalue()
    {
        double[] a = [4, 2, 0, 2, 1, 0, 0, 0, 3]; // singular in its leading 2 × 2 block
        ArgumentException error = Assert.Throws<ArgumentException>("matrix", () => new Cholesky(a, 3));
        Assert.Contains("pivot 1 of 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("smallest eigenvalue", error.Message, StringComparison.Ordinal);
        Assert.Null(Cholesky.TryFactor(a, 3));
        Assert.Equal(Math.Sqrt(4.5), new Cholesky(a, 3, nugget: 0.5).Lower[0], 1e-15);
    }

    [Fact]
    public void Matrices_ThatAreNotSymmetricOrOfAnotherSize_AreRejectedByName()
    {
        double[] skewed = [1, 0.5, 0.4, 1];
        ArgumentException error = Assert.Throws<ArgumentException>("matrix", () => new SymmetricEigen(skewed, 2));
        Assert.Contains("[1, 0]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("matrix", () => new Cholesky(skewed, 2));
        Assert.Throws<ArgumentException>("matrix", () => new SymmetricEigen(new double[5], 2));
        Assert.Throws<ArgumentException>("matrix", () => new SymmetricEigen([double.NaN], 1));
        Assert.Throws<ArgumentOutOfRangeException>("n", () => new SymmetricEigen([], 0));
        Assert.Throws<ArgumentOutOfRangeException>("nugget", () => new Cholesky([1], 1, nugget: -1));
        Assert.Throws<ArgumentException>("c", () => Dense.Multiply(skewed, skewed, 2, 2, 2, new double[3]));
    }

    [Fact]
    public void Kronecker_PutsTheFirstFactorOutside()
    {
        double[] a = [1, 2, 2, 5], b = [1, 0, 3, 0, 1, 0, 3, 0, 11];
        double[] product = Dense.Kronecker(a, 2, b, 3);
        Assert.Equal([1, 0, 3, 2, 0, 6], product[..6]); // the other way round it is 1, 2, 0, 0, 3, 6
        Assert.Equal(5 * 11, product[^1]);
        Near.Equal(Dense.Trace(a, 2) * Dense.Trace(b, 3), Dense.Trace(product, 6), 1e-15, 0);
    }
}
