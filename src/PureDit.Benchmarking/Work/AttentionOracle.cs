// Attention in double, query by query, from its definition; with the band of keys that a query sees:
//   s_j = q·k_j/√d,   p = softmax(s),   o = Σ_j p_j v_j
//   dV_j += p_j dO,   dS_j = p_j (dO·v_j − dO·o),   dq = Σ_j dS_j k_j/√d,   dK_j += dS_j q/√d

namespace PureDit.Benchmarking;

internal static class AttentionOracle
{
    private const double Tolerance = 2e-4; // float sums over thousands of keys of weights that add up to 1

    public static void Check(AttentionCase which, AttentionArrays arrays)
    {
        double[] dK = new double[which.Keys * which.HeadSize], dV = new double[dK.Length];
        for (int head = 0; head < which.Batch * which.Heads; head++)
        {
            dK.AsSpan().Clear();
            dV.AsSpan().Clear();
            foreach (int token in arrays.CheckedQueries) Query(which, arrays, head, token, dK, dV);
            if (!which.Backward) continue;
            int at = head * dK.Length;
            Judge.Near(dK, arrays.Gradients[1].Span[at..], Tolerance, $"{which.Name}, dK of head {head}");
            Judge.Near(dV, arrays.Gradients[2].Span[at..], Tolerance, $"{which.Name}, dV of head {head}");
        }
    }

    private static void Query(AttentionCase which, AttentionArrays arrays, int head, int token, double[] dK, double[] dV)
    {
        int size = which.HeadSize;
        (int first, int keys) = which.Seen(token);
        double scale = 1 / Math.Sqrt(size);
        ReadOnlySpan<float> q = arrays.Inputs[0].Span.Slice(((head * which.Tokens) + token) * size, size);
        ReadOnlySpan<float> k = arrays.Inputs[1].Span.Slice(((head * which.Keys) + first) * size, keys * size);
        ReadOnlySpan<float> v = arrays.Inputs[2].Span.Slice(((head * which.Keys) + first) * size, keys * size);

        double[] p = new double[keys], o = new double[size];
        double max = double.NegativeInfinity, sum = 0;
        for (int j = 0; j < keys; j++) max = Math.Max(max, p[j] = scale * Dot(q, k.Slice(j * size, size)));
        for (int j = 0; j < keys; j++) sum += p[j] = Math.Exp(p[j] - max);
        for (int j = 0; j < keys; j++)
        {
            p[j] /= sum;
            for (int c = 0; c < size; c++) o[c] += p[j] * v[(j * size) + c];
        }

        string what = $"{which.Name}, query {token} of head {head}";
        Judge.Near(o, arrays.O.Span.Slice(arrays.Output(head, token), size), Tolerance, what);
        if (!which.Backward) return;

        ReadOnlySpan<float> dO = arrays.DO.Span.Slice(arrays.Output(head, token), size);
        double[] dQ = new double[size];
        double delta = 0;
        for (int c = 0; c < size; c++) delta += dO[c] * o[c];
        for (int j = 0; j < keys; j++)
        {
            double dS = p[j] * (Dot(dO, v.Slice(j * size, size)) - delta) * scale;
            int row = (first + j) * size;
            for (int c = 0; c < size; c++)
            {
                dV[row + c] += p[j] * dO[c];
                dQ[c] += dS * k[(j * size) + c];
                dK[row + c] += dS * q[c];
            }
        }

        Judge.Near(dQ, arrays.Gradients[0].Span.Slice(((head * which.Tokens) + token) * size, size), Tolerance, what + ", dQ");
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += (double)x[i] * y[i];
        return sum;
    }
}
