// The gradient of attention as a chain of low-rank factors (Alman & Song 2024, arXiv 2402.04497, lemmas D.1 to D.5; Hu et al. 2024,
// arXiv 2407.01079, appendix G), with four misprints put right:
//   f ≈ U1·V1ᵀ   probabilities, r features: U1 = diag(1/D)·φ(Q), V1 = φ(K)
//   q = c·hᵀ     with c = dO and h = the values: rank d as it stands, U2 = c, V2 = h          (not h·cᵀ)
//   p1 = f ∘ q = U3·V3ᵀ,  U3 = U1 ⊘ U2, V3 = V1 ⊘ V2: Kronecker products row by row, r·d columns (not column by column)
//   p2 = diag(r)·f = (diag(r)·U1)·V1ᵀ,  r_i = Σ_j f_ij·q_ij                                  (not f·diag(r))
//   p = p1 − p2,   dL/dX = s·A1ᵀ·p·A2 for scores s·A1·X·A2ᵀ;   dQ = s·p·K,  dK = s·pᵀ·Q       (the factor s is not to be lost)
// Everything is multiplied as factors, in O(L·r·d²): ../PolynomialAttention.cs computes the same numbers in O(L·r·d).

namespace PureDit.Kernels.Reference;

/// <summary>The printed chain of factors for one head, in double.</summary>
public sealed class AttentionGradientChain
{
    private readonly double[][] _q, _k;
    private readonly double _scale;

    // [doc:linear-attention-chain]
    /// <summary>Builds the factors.</summary>
    /// <param name="table">Monomials of the polynomial's degree.</param>
    /// <param name="powers">Coefficients of the polynomial.</param>
    /// <param name="q">Queries, [L][d].</param>
    /// <param name="k">Keys, [L][d].</param>
    /// <param name="v">Values, [L][d].</param>
    /// <param name="dO">Gradient with respect to the output, [L][d].</param>
    /// <param name="scale">s: scores are s·q·k.</param>
    public AttentionGradientChain(
        MonomialTable table, ReadOnlySpan<double> powers, double[][] q, double[][] k, double[][] v, double[][] dO, double scale)
    {
        (_q, _k, _scale) = (q, k, scale);
        double[] coefficients = table.Coefficients(powers);
        double root = Math.Sqrt(scale);
        V1 = Array.ConvertAll(k, x => Features(table, x, root));
        double[] sums = new double[table.Count];
        foreach (double[] row in V1)
        {
            for (int i = 0; i < sums.Length; i++) sums[i] += row[i];
        }

        U1 = Array.ConvertAll(q, x =>
        {
            double[] row = Features(table, x, root);
            for (int i = 0; i < row.Length; i++) row[i] *= coefficients[i];
            double d = Dot(row, sums);
            return Array.ConvertAll(row, a => a / d);
        });
        U3 = FaceSplit(U1, dO);
        V3 = FaceSplit(V1, v);
        double[] all = new double[V3[0].Length];
        foreach (double[] row in V3)
        {
            for (int i = 0; i < all.Length; i++) all[i] += row[i];
        }

        R = Array.ConvertAll(U3, row => Dot(row, all)); // Σ_j p1_ij
        U4 = [.. U1.Zip(R, (row, r) => Array.ConvertAll(row, a => r * a))];
    }
    // [/doc:linear-attention-chain]

    /// <summary>f = U1·V1ᵀ.</summary>
    public double[][] U1 { get; }

    /// <summary>φ(K).</summary>
    public double[][] V1 { get; }

    /// <summary>p1 = U3·V3ᵀ.</summary>
    public double[][] U3 { get; }

    /// <summary>φ(K) ⊘ V.</summary>
    public double[][] V3 { get; }

    /// <summary>p2 = U4·V1ᵀ.</summary>
    public double[][] U4 { get; }

    /// <summary>r_i = Σ_j f_ij·q_ij.</summary>
    public double[] R { get; }

    /// <summary>p_ij = p1_ij − p2_ij.</summary>
    public double P(int i, int j) => Dot(U3[i], V3[j]) - Dot(U4[i], V1[j]);

    /// <summary>dQ = s·p·K, from factors alone.</summary>
    public double[][] QueryGradient() => Times(_k, (U3, V3), (U4, V1));

    /// <summary>dK = s·pᵀ·Q, from factors alone.</summary>
    public double[][] KeyGradient() => Times(_q, (V3, U3), (V1, U4));

    /// <summary>dL/dX = s·Qᵀ·p·K, from factors alone, [d][d].</summary>
    public double[][] MatrixGradient()
    {
        double[][] dQ = QueryGradient();
        int d = _q[0].Length;
        double[][] gradient = new double[d][];
        for (int a = 0; a < d; a++)
        {
            gradient[a] = new double[d];
            for (int i = 0; i < _q.Length; i++)
            {
                for (int b = 0; b < d; b++) gradient[a][b] += _q[i][a] * dQ[i][b];
            }
        }

        return gradient;
    }

    /// <summary>Row by row, all products of an entry of one with an entry of the other: (A ⊘ B)(C ⊘ D)ᵀ = (ACᵀ) ∘ (BDᵀ).</summary>
    public static double[][] FaceSplit(double[][] a, double[][] b) =>
        [.. a.Zip(b, (x, y) => x.SelectMany(_ => y, (left, right) => left * right).ToArray())];

    private double[][] Times(double[][] x, (double[][] U, double[][] V) plus, (double[][] U, double[][] V) minus)
    {
        double[][] a = Product(x, plus.U, plus.V), b = Product(x, minus.U, minus.V);
        return [.. a.Zip(b, (left, right) => left.Zip(right, (l, r) => _scale * (l - r)).ToArray())];
    }

    // U·(Vᵀ·x)
    private static double[][] Product(double[][] x, double[][] u, double[][] v)
    {
        int columns = x[0].Length;
        double[][] inner = Array.ConvertAll(v[0], _ => new double[columns]);
        for (int j = 0; j < x.Length; j++)
        {
            for (int i = 0; i < inner.Length; i++)
            {
                for (int c = 0; c < columns; c++) inner[i][c] += v[j][i] * x[j][c];
            }
        }

        return Array.ConvertAll(u, row =>
        {
            double[] result = new double[columns];
            for (int i = 0; i < row.Length; i++)
            {
                for (int c = 0; c < columns; c++) result[c] += row[i] * inner[i][c];
            }

            return result;
        });
    }

    private static double[] Features(MonomialTable table, double[] x, double root)
    {
        double[] features = new double[table.Count];
        table.Evaluate(Array.ConvertAll(x, value => root * value), features);
        return features;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
