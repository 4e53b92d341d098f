// The gradient of ½‖f·h − E‖² with respect to X in scores s·A1·X·A2ᵀ, at X = 1: g = s·A1ᵀ·p·A2, with
//   p_ij = f_ij(q_ij − r_i),   q = (f·h − E)·hᵀ,   r_i = Σ_j f_ij q_ij
// by the exact probabilities, by a polynomial's (the printed chain of factors, and the kernel's antiderivative features), and of
// the polynomial attention itself (weights P′). Everything but the kernel in double.

using PureDit.Kernels;
using PureDit.Kernels.Reference;
using Dense = PureDit.Kernels.Reference.PolynomialAttention;

namespace PureDit.Laboratory;

/// <summary>One head with a quadratic loss, and its gradient by every route.</summary>
internal sealed class GradientCase
{
    private readonly BoundedHead _data;
    private readonly Dense.Head _head;
    private readonly double[] _qkv, _target;
    private readonly double[][] _p;
    private readonly double _largestQ, _exactSize;

    public GradientCase(int tokens, int headSize, double radius, int seed)
    {
        _data = BoundedHead.OnSpheres(tokens, headSize, radius, seed);
        _qkv = Array.ConvertAll(_data.Qkv, v => (double)v);
        _target = Array.ConvertAll(_data.DO, v => (double)v);
        _head = Dense.Take(_data.Shape, _qkv, 0, keepMeans: true); // the chain knows no means
        _p = P(PortableMath.Exp, misprinted: false, out _, out _largestQ);
        Exact = Matrix(_p);
        _exactSize = Largest(Exact);
    }

    /// <summary>g, [d][d].</summary>
    public double[][] Exact { get; }

    /// <param name="Epsilon">The certified error of a weight.</param>
    /// <param name="Chain">Relative error of g by the printed chain.</param>
    /// <param name="Surrogate">The same of the polynomial attention's own gradient.</param>
    /// <param name="Kernel">The antiderivative kernel against the chain, relatively.</param>
    /// <param name="Rows">Largest Σ_j|p̃_ij − p_ij| over its bound η(3Q + 2dH² + 3ηdH²).</param>
    /// <param name="Gradient">Largest error of g over s·L·max|A1|·max|A2| times that bound.</param>
    /// <param name="Misprint">Rows with p2 = f·diag(r), as printed.</param>
    public readonly record struct Errors(double Epsilon, double Chain, double Surrogate, double Kernel, double Rows, double Gradient, double Misprint);

    public Errors Of(ExpPolynomial polynomial, int degree)
    {
        AttentionShape shape = _data.Shape;
        int d = shape.HeadSize;
        double[][] p = P(polynomial.Evaluate, misprinted: false, out double[][] residual, out _);
        double[][] chain = new AttentionGradientChain(
            new MonomialTable(d, degree), polynomial.Coefficients, _head.Q, _head.K, _head.V, residual, _head.Scale).MatrixGradient();
        double eta = polynomial.RelativeError / (1 - polynomial.RelativeError);
        double bound = eta * ((3 * _largestQ) + (2 * d) + (3 * eta * d)); // H = 1
        double entries = _head.Scale * shape.Tokens * Largest(_head.Q) * Largest(_head.K);
        return new(
            polynomial.RelativeError, Apart(chain, Exact), Apart(Surrogate(polynomial, residual), Exact), Apart(Kernel(degree), chain), Rows(p) / bound,
            Apart(chain, Exact) * _exactSize / (entries * bound), Rows(P(polynomial.Evaluate, misprinted: true, out _, out _)) / bound);
    }

    /// <summary>The polynomial that the kernel takes at a degree.</summary>
    public ExpPolynomial Polynomial(int degree) => Plan(degree).Polynomial!;

    private double Apart(double[][] a, double[][] b) => Largest([.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u - v).ToArray())]) / _exactSize;

    private static double Largest(double[][] rows) => rows.Max(row => row.Max(Math.Abs));

    private double Rows(double[][] p) => p.Zip(_p, (x, y) => x.Zip(y, (u, v) => Math.Abs(u - v)).Sum()).Max();

    private double[][] P(Func<double, double> weight, bool misprinted, out double[][] residual, out double largestQ)
    {
        double[][] f = _head.Probabilities(weight).F, q = new double[f.Length][];
        residual = new double[f.Length][];
        double[] r = new double[f.Length];
        largestQ = 0;
        for (int i = 0; i < f.Length; i++)
        {
            residual[i] = new double[_head.V[0].Length];
            for (int c = 0; c < residual[i].Length; c++)
            {
                for (int j = 0; j < f.Length; j++) residual[i][c] += f[i][j] * _head.V[j][c];
                residual[i][c] -= _target[(i * residual[i].Length) + c];
            }

            q[i] = new double[f.Length];
            for (int j = 0; j < f.Length; j++)
            {
                for (int c = 0; c < residual[i].Length; c++) q[i][j] += residual[i][c] * _head.V[j][c];
                r[i] += f[i][j] * q[i][j];
                largestQ = Math.Max(largestQ, Math.Abs(q[i][j]));
            }
        }

        return [.. f.Select((row, i) => row.Select((value, j) => value * (q[i][j] - r[misprinted ? j : i])).ToArray())];
    }

    private double[][] Matrix(double[][] p) =>
        FromQueries([.. p.Select(row => Enumerable.Range(0, _head.K[0].Length).Select(b => _head.Scale * row.Select((value, j) => value * _head.K[j][b]).Sum()).ToArray())]);

    // Σ_i q_i·dq_iᵀ
    private double[][] FromQueries(double[][] dQ)
    {
        int d = _head.Q[0].Length;
        return [.. Enumerable.Range(0, d).Select(a => Enumerable.Range(0, d).Select(b => dQ.Select((row, i) => _head.Q[i][a] * row[b]).Sum()).ToArray())];
    }

    private double[][] Surrogate(ExpPolynomial polynomial, double[][] residual)
    {
        double[] dQkv = new double[_qkv.Length];
        Dense.Surrogate(_data.Shape, polynomial.Evaluate, polynomial.Derivative, _qkv, [.. residual.SelectMany(row => row)], dQkv, keepMeans: true);
        return FromQueries(Queries(dQkv));
    }

    private double[][] Kernel(int degree)
    {
        AttentionPlan plan = Plan(degree);
        float[] o = new float[_data.Shape.OutputLength], dO = new float[o.Length], dQkv = new float[_qkv.Length];
        Kernels.PolynomialAttention.Forward(Cpu.AllCores, plan, _data.Qkv, o, []);
        for (int i = 0; i < o.Length; i++) dO[i] = (float)(o[i] - _target[i]);
        Kernels.PolynomialAttention.Backward(Cpu.AllCores, plan, _data.Qkv, o, [], dO, dQkv);
        return FromQueries(Queries(Array.ConvertAll(dQkv, v => (double)v)));
    }

    private double[][] Queries(double[] dQkv)
    {
        int d = _data.Shape.HeadSize;
        return [.. Enumerable.Range(0, _data.Shape.Tokens).Select(i => dQkv.AsSpan(3 * i * d, d).ToArray())];
    }

    private AttentionPlan Plan(int degree) => AttentionPlan.Measure(
        Cpu.AllCores, _data.Shape, _data.Qkv,
        new(double.PositiveInfinity, AttentionMode.Polynomial) { Degree = degree, Precision = FeaturePrecision.Double, KeepMeans = true });
}
