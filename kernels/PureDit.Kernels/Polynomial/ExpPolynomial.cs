// A polynomial P(x) = Σ_k a_k x^k, k ≤ degree, in the place of e^x on [−R, R], and how wrong it is there.
//
// Softmax does not see a common factor, so what counts is the relative error, max |P(x)·e^{−x} − 1|. Fits:
//   LeastSquares  min Σ_i (P(x_i)·e^{−x_i} − 1)² over 200 Chebyshev nodes: within 1.3 of the least possible maximum, which is
//                 at most 2·(R/2)^{g+1}/(g+1)! for degree g
//   Chebyshev     the truncated Chebyshev series of e^x: least absolute error nearly, e^R times worse relatively
//   Taylor        1/k!: e^R·R^{g+1}/(g+1)!, at x = −R
// The error is measured, on a grid so dense that no maximum hides between its points: for a polynomial of degree n on N
// Chebyshev nodes the true maximum is at most 1/cos(πn/2N) times the grid's (Ehlich and Zeller 1964). The antiderivative
//   G(x) = 1 + ∫_0^x P    has G′ = P: features of G serve the backward pass with the weights P of the forward pass.
// Outside of [−R, R] the fit is worthless.

namespace PureDit.Kernels;

/// <summary>How the coefficients of a polynomial for e^x are found.</summary>
public enum PolynomialFit
{
    /// <summary>Least squares of the relative error: the best of the three by far.</summary>
    LeastSquares,

    /// <summary>The Chebyshev series of e^x, cut off.</summary>
    Chebyshev,

    /// <summary>The Taylor series of e^x at 0, cut off.</summary>
    Taylor,
}

/// <summary>A polynomial for e^x on [−R, R] with its certified relative error. Immutable.</summary>
public sealed class ExpPolynomial
{
    /// <summary>Largest degree.</summary>
    public const int MaxDegree = 48;

    private const int Nodes = 200, Grid = 2048;
    private const double GridMargin = 1.01; // e^{−x}·P is a polynomial of degree 110 to the last bit: 1/cos(π·110/(2·2048)) = 1.004
    private readonly double[] _coefficients, _antiderivative;

    private ExpPolynomial(double radius, PolynomialFit fit, double[] coefficients)
    {
        (Radius, Fit, _coefficients) = (radius, fit, coefficients);
        _antiderivative = new double[coefficients.Length + 1];
        _antiderivative[0] = 1;
        for (int k = 0; k < coefficients.Length; k++) _antiderivative[k + 1] = coefficients[k] / (k + 1);
        (RelativeError, Condition) = Certify();
    }

    /// <summary>R: the fit holds on [−R, R].</summary>
    public double Radius { get; }

    /// <summary>How the coefficients were found.</summary>
    public PolynomialFit Fit { get; }

    /// <summary>Degree g.</summary>
    public int Degree => _coefficients.Length - 1;

    /// <summary>a_0, …, a_g.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>Coefficients of G = 1 + ∫P, one more than those of P.</summary>
    public ReadOnlySpan<double> Antiderivative => _antiderivative;

    /// <summary>An upper bound of |P(x)/e^x − 1| on [−R, R], evaluation in double included.</summary>
    public double RelativeError { get; }

    /// <summary>
    /// Σ|a_k|R^k over the least P on [−R, R], about e^{2R}: how many times the rounding of a term may stand in a
    /// weight. Infinite where P is not positive.
    /// </summary>
    public double Condition { get; }

    /// <summary>2·(R/2)^{g+1}/(g+1)!, what the best polynomial of degree g reaches: the rule for choosing degrees.</summary>
    /// <param name="radius">R, at least 0.</param>
    /// <param name="degree">g, at least 0.</param>
    public static double Bound(double radius, int degree)
    {
        double bound = 2;
        for (int k = 1; k <= degree + 1; k++) bound *= radius / 2 / k;
        return bound;
    }

    /// <summary>Fits a polynomial to e^x on [−R, R].</summary>
    /// <param name="radius">R; above 0, at most 32.</param>
    /// <param name="degree">g, 0 to <see cref="MaxDegree"/>.</param>
    /// <param name="fit">How.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside of its range.</exception>
    public static ExpPolynomial Create(double radius, int degree, PolynomialFit fit = PolynomialFit.LeastSquares)
    {
        if (!(radius is > 0 and <= 32))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, $"radius: expected a number above 0 and up to 32, got {radius}.");
        }

        if (degree is < 0 or > MaxDegree)
        {
            throw new ArgumentOutOfRangeException(nameof(degree), degree, $"degree: expected 0 to {MaxDegree}, got {degree}.");
        }

        return new ExpPolynomial(radius, fit, fit switch
        {
            PolynomialFit.Taylor => Taylor(degree),
            PolynomialFit.Chebyshev => ToPowers(ChebyshevSeries(radius, degree), radius),
            _ => ToPowers(LeastSquares(radius, degree), radius),
        });
    }

    /// <summary>P(x).</summary>
    public double Evaluate(double x) => Horner(_coefficients, x);

    /// <summary>P′(x), the weight of the surrogate's own gradient.</summary>
    public double Derivative(double x)
    {
        double sum = 0;
        for (int k = Degree; k >= 1; k--) sum = (sum * x) + (k * _coefficients[k]);
        return sum;
    }

    private static double Horner(double[] coefficients, double x)
    {
        double sum = 0;
        for (int k = coefficients.Length - 1; k >= 0; k--) sum = (sum * x) + coefficients[k];
        return sum;
    }

    private static double Cosine(double x) => PortableMath.SinCos(x).Cos;

    private static double[] Taylor(int degree)
    {
        double[] a = new double[degree + 1];
        a[0] = 1;
        for (int k = 1; k <= degree; k++) a[k] = a[k - 1] / k;
        return a;
    }

    // c_k of e^x = Σ c_k T_k(x/R), by the trapezium rule in the angle: exact to the last digits for any R here.
    private static double[] ChebyshevSeries(double radius, int degree)
    {
        double[] c = new double[degree + 1];
        for (int i = 0; i < Nodes; i++)
        {
            double angle = Math.PI * (i + 0.5) / Nodes, y = PortableMath.Exp(radius * Cosine(angle));
            for (int k = 0; k <= degree; k++) c[k] += (k == 0 ? 1.0 : 2.0) / Nodes * y * Cosine(k * angle);
        }

        return c;
    }

    // [doc:linear-attention-fit]
    // min Σ_i (Σ_k c_k T_k(x_i/R)·e^{−x_i} − 1)², by Gram–Schmidt done twice on the columns T_k·e^{−x}.
    private static double[] LeastSquares(double radius, int degree)
    {
        int n = degree + 1;
        double[][] column = new double[n][];
        double[] target = new double[Nodes];
        Array.Fill(target, 1);
        for (int k = 0; k < n; k++)
        {
            column[k] = new double[Nodes];
            for (int i = 0; i < Nodes; i++)
            {
                double angle = Math.PI * (i + 0.5) / Nodes;
                column[k][i] = Cosine(k * angle) * PortableMath.Exp(-radius * Cosine(angle));
            }
        }

        double[,] r = new double[n, n];
        double[] c = new double[n];
        for (int k = 0; k < n; k++)
        {
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < k; j++)
                {
                    double overlap = Dot(column[j], column[k]);
                    r[j, k] += overlap;
                    for (int i = 0; i < Nodes; i++) column[k][i] -= overlap * column[j][i];
                }
            }

            r[k, k] = Math.Sqrt(Dot(column[k], column[k]));
            for (int i = 0; i < Nodes; i++) column[k][i] /= r[k, k];
            c[k] = Dot(column[k], target);
            for (int i = 0; i < Nodes; i++) target[i] -= c[k] * column[k][i];
        }

        for (int k = n - 1; k >= 0; k--)
        {
            for (int j = k + 1; j < n; j++) c[k] -= r[k, j] * c[j];
            c[k] /= r[k, k];
        }

        return c;
    }
    // [/doc:linear-attention-fit]

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    // Σ c_k T_k(x/R) as Σ a_k x^k: T_{k+1} = 2t·T_k − T_{k−1}, whose coefficients are whole numbers.
    private static double[] ToPowers(double[] c, double radius)
    {
        int n = c.Length;
        double[] a = new double[n], before = new double[n], now = new double[n], next = new double[n];
        now[0] = 1;
        for (int k = 0; k < n; k++)
        {
            for (int j = 0; j <= k; j++) a[j] += c[k] * now[j];
            for (int j = 0; j < n; j++) next[j] = (k == 0 ? 1 : 2) * (j == 0 ? 0 : now[j - 1]) - before[j];
            (before, now, next) = (now, next, before);
        }

        double power = 1;
        for (int k = 0; k < n; k++, power *= radius) a[k] /= power;
        return a;
    }

    private (double Error, double Condition) Certify()
    {
        double error = 0, least = double.PositiveInfinity, sum = 0, power = 1;
        for (int i = 0; i <= Grid; i++)
        {
            double x = Radius * Cosine(Math.PI * i / Grid), p = Evaluate(x); // both ends are among the points
            error = Math.Max(error, Math.Abs((p * PortableMath.Exp(-x)) - 1));
            least = Math.Min(least, p);
        }

        for (int k = 0; k <= Degree; k++, power *= Radius) sum += Math.Abs(_coefficients[k]) * power;
        double condition = least > 0 ? sum / least : double.PositiveInfinity;
        const double unit = 1.0 / (1L << 53);
        return ((error * GridMargin) + (condition < double.PositiveInfinity ? 4 * unit * condition : 0), condition);
    }
}
