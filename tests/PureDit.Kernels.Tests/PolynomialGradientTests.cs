// Three ways to one gradient, and what goes wrong with the formulas as printed (arXiv 2407.01079 and 2402.04497).

using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;
using Chain = PureDit.Kernels.Reference.AttentionGradientChain;
using Dense = PureDit.Kernels.Reference.PolynomialAttention;

namespace PureDit.Kernels.Tests;

public class PolynomialGradientTests
{
    private static readonly Gen<PolynomialCase> Small =
        from tokens in Gen.Choose(2, 9)
        from headSize in Gen.Choose(2, 4)
        from offset in Gen.Elements(0, 1.5)
        from keep in Gen.Elements(false, true)
        from seed in Gen.Choose(0, 1_000_000)
        select new PolynomialCase(new AttentionShape(1, tokens, 1, headSize), 1, keep ? 0 : offset, seed, 1e-2) { KeepMeans = keep };

    [Fact]
    public void Surrogate_MatchesCentralDifferencesOfItsOwnLoss() => Law.Holds(Small, x =>
    {
        ExpPolynomial polynomial = x.Plan(AttentionGradient.Surrogate).Polynomial!;
        double[] dO = Near.ToDouble(x.DO), qkv = Near.ToDouble(x.Qkv), gradient = new double[qkv.Length];
        Dense.Surrogate(x.Shape, polynomial.Evaluate, polynomial.Derivative, qkv, dO, gradient, x.KeepMeans);
        double[] differences = GradientCheck.CentralDifferences(inputs =>
        {
            double[] o = new double[dO.Length];
            Dense.Forward(x.Shape, polynomial.Evaluate, inputs[0], o, x.KeepMeans);
            return o;
        }, [qkv], dO)[0];
        Near.Equal(differences, gradient, GradientCheck.Relative, GradientCheck.Absolute, "dQkv");
    }, cases: 30);

    [Fact]
    public void DenseFormula_WithTheExponential_IsTheGradientOfExactAttention() => Law.Holds(Small, x =>
    {
        double[] dO = Near.ToDouble(x.DO), qkv = Near.ToDouble(x.Qkv);
        double[] ours = new double[qkv.Length], exact = new double[qkv.Length], surrogate = new double[qkv.Length];
        Reference.Attention.Backward(x.Shape, qkv, dO, exact);
        Dense.Backward(x.Shape, PortableMath.Exp, qkv, dO, ours, x.KeepMeans);
        Dense.Surrogate(x.Shape, PortableMath.Exp, PortableMath.Exp, qkv, dO, surrogate, x.KeepMeans); // e^x is its own derivative
        Near.Equal(exact, ours, 1e-10, 1e-12, "dense");
        Near.Equal(exact, surrogate, 1e-10, 1e-12, "surrogate");
    }, cases: 30);

    [Fact]
    public void AntiderivativeRoute_IsThePrintedChain() => Law.Holds(Small, x =>
    {
        PolynomialCase plain = x with { Offset = 0, KeepMeans = true }; // the chain knows no means
        AttentionPlan plan = AttentionPlan.Measure(
            Cpu.Serial, plain.Shape, plain.Qkv, new(1e-2, AttentionMode.Polynomial) { KeepMeans = true, Precision = FeaturePrecision.Double });
        Chain chain = ChainOf(plain, plan.Polynomial!);
        float[] dQkv = plain.Backward(Cpu.Serial, plan);
        double[] expected = new double[dQkv.Length];
        Dense.Backward(plain.Shape, plan.Polynomial!.Evaluate, Near.ToDouble(plain.Qkv), Near.ToDouble(plain.DO), expected, keepMeans: true);
        Fill(expected, 0, chain.QueryGradient(), plain.Shape.Width);
        Fill(expected, 1, chain.KeyGradient(), plain.Shape.Width);
        Near.EqualToMaximum(expected, dQkv, 1e-6, "dQkv"); // o, an input, is a float
    });

    [Fact]
    public void Chain_IsTheDenseFormula() => Law.Holds(Small, x =>
    {
        PolynomialCase plain = x with { Offset = 0, KeepMeans = true };
        ExpPolynomial polynomial = plain.Plan().Polynomial!;
        double[] dense = new double[plain.Shape.QkvLength], chain = new double[dense.Length];
        Dense.Backward(plain.Shape, polynomial.Evaluate, Near.ToDouble(plain.Qkv), Near.ToDouble(plain.DO), dense, keepMeans: true);
        dense.CopyTo(chain, 0);
        Chain factors = ChainOf(plain, polynomial);
        Fill(chain, 0, factors.QueryGradient(), plain.Shape.Width);
        Fill(chain, 1, factors.KeyGradient(), plain.Shape.Width);
        Near.Equal(dense, chain, 1e-11, 1e-12, "dQkv");
    });

    [Fact]
    public void MatrixGradient_MatchesCentralDifferencesInX() => Law.Holds(Small, x =>
    {
        // Scores s·A1·X·A2ᵀ with e^x itself: a polynomial of degree 14 at R = 1 is e^x to 10⁻¹².
        PolynomialCase plain = x with { Offset = 0, KeepMeans = true };
        Dense.Head head = Dense.Take(plain.Shape, Near.ToDouble(plain.Qkv), 0, keepMeans: true);
        double[] dO = Near.ToDouble(plain.DO);
        int d = plain.Shape.HeadSize, n = plain.Shape.Tokens;
        double Loss(double[] matrix)
        {
            double[][] rows = Array.ConvertAll(head.Q, q => Enumerable.Range(0, d).Select(b => Enumerable.Range(0, d).Sum(a => q[a] * matrix[(a * d) + b])).ToArray());
            double[][] f = (head with { Q = rows }).Probabilities(Math.Exp).F;
            double sum = 0;
            for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int c = 0; c < d; c++) sum += dO[(i * d) + c] * f[i][j] * head.V[j][c];
            return sum;
        }

        double[] identity = new double[d * d];
        for (int a = 0; a < d; a++) identity[(a * d) + a] = 1;
        double[][] gradient = ChainOf(plain, ExpPolynomial.Create(1.01, 14)).MatrixGradient();
        Near.Equal(GradientCheck.CentralDifferences(Loss, identity), gradient.SelectMany(row => row).ToArray(), 1e-6, 1e-8, "dX");
    }, cases: 20);

    [Fact]
    public void Erratum5_DiagonalOnTheRight_IsAnotherMatrix() // lemma G.7 prints p2 = f·diag(r)
    {
        Chain chain = ChainOf(Fixed, ExpPolynomial.Create(1.01, 6));
        double[][] printed = [.. chain.V1.Zip(chain.R, (row, r) => Array.ConvertAll(row, a => r * a))];
        double ours = 0, theirs = 0;
        for (int i = 0; i < Fixed.Shape.Tokens; i++)
        {
            double right = 0, wrong = 0;
            for (int j = 0; j < Fixed.Shape.Tokens; j++)
            {
                right += chain.P(i, j);
                wrong += Dot(chain.U3[i], chain.V3[j]) - Dot(chain.U1[i], printed[j]);
            }

            (ours, theirs) = (Math.Max(ours, Math.Abs(right)), Math.Max(theirs, Math.Abs(wrong)));
        }

        Assert.True(ours < 1e-13, "rows of p sum to 0, as those of a softmax's derivative do");
        Assert.True(theirs > 1e-2, "the printed form would be right");
    }

    [Fact]
    public void Erratum6_KroneckerProductsAreByRows() // definition G.6 prints "column-wise"
    {
        double[][] a = Matrix(5, 2, 1), b = Matrix(7, 2, 2), c = Matrix(5, 2, 3), e = Matrix(7, 2, 4);
        double[][] left = Chain.FaceSplit(a, c), right = Chain.FaceSplit(b, e);
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < 7; j++) Near.Equal(Dot(a[i], b[j]) * Dot(c[i], e[j]), Dot(left[i], right[j]), 1e-12, 1e-14);
        }

        double[][] byColumns = [.. a.SelectMany(_ => c, (x, y) => x.Zip(y, (u, v) => u * v).ToArray())];
        Assert.Equal(25, byColumns.Length); // L² rows: no factor of an L × L matrix
    }

    [Fact]
    public void Erratum7_QIsCTimesH_NotHTimesC() // lemma D.3 prints q = h·cᵀ
    {
        Dense.Head head = Dense.Take(Fixed.Shape, Near.ToDouble(Fixed.Qkv), 0, keepMeans: true);
        double[][] dO = Rows(Fixed.DO, Fixed.Shape.Width);
        ExpPolynomial polynomial = ExpPolynomial.Create(1.01, 6);
        double[] expected = new double[Fixed.Shape.QkvLength];
        Dense.Backward(Fixed.Shape, polynomial.Evaluate, Near.ToDouble(Fixed.Qkv), Near.ToDouble(Fixed.DO), expected, keepMeans: true);
        double Worst(double[][] c, double[][] h)
        {
            Chain chain = new(new MonomialTable(3, 6), polynomial.Coefficients, head.Q, head.K, h, c, head.Scale);
            double[] actual = (double[])expected.Clone();
            Fill(actual, 0, chain.QueryGradient(), 3);
            return expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
        }

        Assert.True(Worst(dO, head.V) < 1e-12);
        Assert.True(Worst(head.V, dO) > 1e-2, "the printed form would be right");
    }

    [Fact]
    public void Erratum4_WeightsMustSumToOneOverWhatIsSummed() // (4.2) prints W_OV·X·D⁻¹·exp(XᵀWX)
    {
        Dense.Head head = Dense.Take(Fixed.Shape, Near.ToDouble((Fixed with { Radius = 4 }).Qkv), 0, keepMeans: true);
        double[][] f = head.Probabilities(Math.Exp).F; // D⁻¹·exp: rows sum to 1
        for (int t = 0; t < f.Length; t++)
        {
            Near.Equal(1, f[t].Sum(), 1e-12, 0, "over keys");
        }

        Assert.True(Enumerable.Range(0, f.Length).Max(t => Math.Abs(f.Sum(row => row[t]) - 1)) > 0.05, "the printed form sums over rows, and would have to sum to 1");
    }

    private static PolynomialCase Fixed { get; } = new(new AttentionShape(1, 7, 1, 3), 1, 0, 11) { KeepMeans = true };

    private static Chain ChainOf(PolynomialCase x, ExpPolynomial polynomial)
    {
        Dense.Head head = Dense.Take(x.Shape, Near.ToDouble(x.Qkv), 0, keepMeans: true);
        return new Chain(
            new MonomialTable(x.Shape.HeadSize, polynomial.Degree), polynomial.Coefficients, head.Q, head.K, head.V, Rows(x.DO, x.Shape.Width), head.Scale);
    }

    private static double[][] Rows(float[] values, int width) => [.. Near.ToDouble(values).Chunk(width)];

    private static double[][] Matrix(int rows, int columns, int seed) => [.. Values.NormalDouble(rows * columns, seed).Chunk(columns)];

    private static void Fill(double[] qkv, int part, double[][] rows, int width)
    {
        for (int i = 0; i < rows.Length; i++) rows[i].CopyTo(qkv, ((3 * i) + part) * width);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
