// Teaching code of chapter 11, for one head and in double: features that are all products, attention through each
// monomial once, exact recentring, and a causal mask by prefix sums (exercise 3). q, k, v and o are [n, d], row-major;
// q and k carry the scale already, so that a score is q·k.

using PureDit.Kernels;

namespace PureDit.Book;

/// <summary>Attention of one head through the monomials of a table, with the coefficients of a polynomial.</summary>
public delegate double[] FeatureAttention(MonomialTable table, double[] coefficients, double[] q, double[] k, double[] v);

/// <summary>Almost-linear attention, rung by rung.</summary>
public static class Chapter11Attention
{
    /// <summary>All products of up to g entries of x, in every order, weighted so that Words(q)·Words(k) = P(q·k).</summary>
    public static double[] Words(double[] x, double[] a)
    {
        List<double> features = [Math.Sqrt(a[0])];
        double[] words = [1];
        for (int power = 1; power < a.Length; power++)
        {
            words = [.. words.SelectMany(word => x, (word, entry) => word * entry)]; // d times as many as before
            features.AddRange(words.Select(word => Math.Sqrt(a[power]) * word));
        }

        return [.. features];
    }

    /// <summary>Attention with weights P(q·k).</summary>
    public static double[] Forward(MonomialTable table, double[] coefficients, double[] q, double[] k, double[] v)
    {
        double[] ones = new double[k.Length / table.Variables];
        Array.Fill(ones, 1);
        return Forward(table, coefficients, q, k, v, ones);
    }

    // [doc:polynomial-attention]
    /// <summary>Attention with weights w_j·P(q_i·k_j); no loop runs over pairs.</summary>
    public static double[] Forward(
        MonomialTable table, double[] coefficients, double[] q, double[] k, double[] v, double[] w)
    {
        int d = table.Variables, n = w.Length, r = table.Count;
        double[] m = new double[r], z = new double[r * (d + 1)], o = new double[n * d], sums = new double[d + 1];
        for (int j = 0; j < n; j++) // every key is read once: z_a += w_j m_a [v_j, 1]
        {
            table.Evaluate(k.AsSpan(j * d, d), m);
            for (int a = 0; a < r; a++) AddTo(z.AsSpan(a * (d + 1), d + 1), w[j] * m[a], v.AsSpan(j * d, d));
        }

        for (int i = 0; i < n; i++) // every query once: sums = Σ_a coefficient_a m_a z_a
        {
            table.Evaluate(q.AsSpan(i * d, d), m);
            Contract(coefficients, m, z, sums);
            for (int c = 0; c < d; c++) o[(i * d) + c] = sums[c] / sums[d];
        }

        return o;
    }
    // [/doc:polynomial-attention]

    // A row of moments: weight·[v, 1].
    private static void AddTo(Span<double> moments, double weight, ReadOnlySpan<double> v)
    {
        for (int c = 0; c < v.Length; c++) moments[c] += weight * v[c];
        moments[v.Length] += weight;
    }

    // sums = Σ_a coefficient_a·m_a(q)·z_a
    private static void Contract(double[] coefficients, double[] m, double[] z, double[] sums)
    {
        Array.Clear(sums);
        for (int a = 0; a < m.Length; a++)
            for (int c = 0; c < sums.Length; c++) sums[c] += coefficients[a] * m[a] * z[(a * sums.Length) + c];
    }

    // [doc:polynomial-recentring]
    /// <summary>Subtracts the means of queries and keys in place; returns the weights of keys that make it exact.</summary>
    public static double[] Recentre(double[] q, double[] k, int d)
    {
        double[] queryMean = Mean(q, d), keyMean = Mean(k, d), w = new double[k.Length / d];
        for (int j = 0; j < w.Length; j++) w[j] = Dot(queryMean, k.AsSpan(j * d, d));
        double top = w.Max(); // any common factor cancels, as in softmax
        for (int j = 0; j < w.Length; j++) w[j] = Math.Exp(w[j] - top);
        for (int i = 0; i < q.Length; i++) (q[i], k[i]) = (q[i] - queryMean[i % d], k[i] - keyMean[i % d]);
        return w;
    }

    /// <summary>R: no score is larger.</summary>
    public static double Radius(double[] q, double[] k, int d) =>
        Math.Sqrt(q.Chunk(d).Max(x => Dot(x, x)) * k.Chunk(d).Max(x => Dot(x, x)));
    // [/doc:polynomial-recentring]

    /// <summary>What exercise 3 begins with.</summary>
    public static double[] CausalStarter(MonomialTable table, double[] coefficients, double[] q, double[] k, double[] v) =>
        Forward(table, coefficients, q, k, v); // every query sees all keys

    // [doc:linear-causal-test]
    /// <summary>Throws unless query i gets what attention to the keys 0 … i alone gives it.</summary>
    public static void SeesOnlyThePast(FeatureAttention attention)
    {
        const int D = 2, N = 5;
        double[] q = [.3, -.2, .1, .4, -.5, .2, .6, .1, -.1, -.3], k = [.2, .5, -.4, .1, .3, .3, -.2, -.6, .5, 0];
        double[] v = [1, 0, 2, 1, 3, 0, 4, 1, 5, 0];
        ExpPolynomial p = ExpPolynomial.Create(radius: 1, degree: 4);
        MonomialTable table = new(D, p.Degree);
        double[] coefficients = table.Coefficients(p.Coefficients), actual = attention(table, coefficients, q, k, v);
        for (int i = 0; i < N; i++)
        {
            int seen = (i + 1) * D;
            double expected = Forward(table, coefficients, q[..seen], k[..seen], v[..seen])[i * D];
            if (!(Math.Abs(expected - actual[i * D]) < 1e-12))
                throw new InvalidOperationException(FormattableString.Invariant($"query {i}: expected {expected:F4}, got {actual[i * D]:F4}."));
        }
    }
    // [/doc:linear-causal-test]

    // [doc:linear-causal-answer]
    public static double[] Causal(MonomialTable table, double[] coefficients, double[] q, double[] k, double[] v)
    {
        int d = table.Variables, r = table.Count;
        double[] m = new double[r], z = new double[r * (d + 1)], o = new double[v.Length], sums = new double[d + 1];
        for (int i = 0; i < q.Length / d; i++)
        {
            table.Evaluate(k.AsSpan(i * d, d), m);
            for (int a = 0; a < r; a++) AddTo(z.AsSpan(a * (d + 1), d + 1), m[a], v.AsSpan(i * d, d));
            table.Evaluate(q.AsSpan(i * d, d), m); // the moments now hold the keys 0 … i
            Contract(coefficients, m, z, sums);
            for (int c = 0; c < d; c++) o[(i * d) + c] = sums[c] / sums[d];
        }

        return o;
    }
    // [/doc:linear-causal-answer]

    private static double[] Mean(double[] x, int d)
    {
        double[] mean = new double[d];
        for (int i = 0; i < x.Length; i++) mean[i % d] += x[i] * d / x.Length;
        return mean;
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
