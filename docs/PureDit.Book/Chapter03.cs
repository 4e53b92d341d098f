// Teaching code of chapter 3, in plain loops of floats: softmax three ways, attention with and without the n × n
// matrix, and what goes wrong when a line is left out. q, k, v, o are [n, d], row-major.

namespace PureDit.Book;

/// <summary>Writes the softmax of one row.</summary>
public delegate void RowSoftmax(ReadOnlySpan<float> x, Span<float> y);

/// <summary>Softmax and attention, rung by rung.</summary>
public static class Chapter03
{
    // [doc:softmax-unshifted]
    public static void UnshiftedSoftmax(ReadOnlySpan<float> x, Span<float> y)
    {
        float sum = 0;
        for (int j = 0; j < x.Length; j++) sum += y[j] = MathF.Exp(x[j]);
        for (int j = 0; j < x.Length; j++) y[j] /= sum;
    }
    // [/doc:softmax-unshifted]

    // [doc:softmax-shifted]
    public static void ShiftedSoftmax(ReadOnlySpan<float> x, Span<float> y)
    {
        float maximum = float.NegativeInfinity, sum = 0;
        foreach (float value in x) maximum = MathF.Max(maximum, value);
        for (int j = 0; j < x.Length; j++) sum += y[j] = MathF.Exp(x[j] - maximum);
        for (int j = 0; j < x.Length; j++) y[j] /= sum;
    }
    // [/doc:softmax-shifted]

    // [doc:attention-naive]
    public static void Naive(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int n, int d,
        RowSoftmax softmax, Span<float> o)
    {
        float[] scores = new float[n * n], p = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                scores[(i * n) + j] = Dot(q.Slice(i * d, d), k.Slice(j * d, d)) / MathF.Sqrt(d);
            softmax(scores.AsSpan(i * n, n), p.AsSpan(i * n, n));
        }

        o[..(n * d)].Clear();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int c = 0; c < d; c++) o[(i * d) + c] += p[(i * n) + j] * v[(j * d) + c];
            }
        }
    }
    // [/doc:attention-naive]

    // [doc:attention-one-pass]
    public static void OnePass(
        ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int n, int d, Span<float> o)
    {
        for (int i = 0; i < n; i++)
        {
            OnlineRow row = new(d);
            for (int j = 0; j < n; j++)
                row.Add(Dot(q.Slice(i * d, d), k.Slice(j * d, d)) / MathF.Sqrt(d), v.Slice(j * d, d));
            for (int c = 0; c < d; c++) o[(i * d) + c] = row.Accumulator[c] / row.Sum;
        }
    }
    // [/doc:attention-one-pass]

    // [doc:attention-merge-test]
    /// <summary>Throws unless keys cut in two anywhere and merged give what all keys at once give.</summary>
    public static void MergedHalvesAreTheWhole(Action<OnlineRow, OnlineRow> mergeIntoFirst)
    {
        float[] scores = [1, 3, 2, -4, 7, 6.5f], values = [10, 20, 30, 40, 50, 60];
        OnlineRow whole = Row(scores, values, 0, scores.Length);
        for (int cut = 0; cut <= scores.Length; cut++)
        {
            OnlineRow first = Row(scores, values, 0, cut), second = Row(scores, values, cut, scores.Length);
            mergeIntoFirst(first, second);
            float expected = whole.Accumulator[0] / whole.Sum, actual = first.Accumulator[0] / first.Sum;
            if (!(MathF.Abs(expected - actual) < 1e-4f))
                throw new InvalidOperationException($"cut at {cut}: expected {expected:F4}, got {actual:F4}.");
        }
    }

    private static OnlineRow Row(float[] scores, float[] values, int begin, int end)
    {
        OnlineRow row = new(1);
        for (int j = begin; j < end; j++) row.Add(scores[j], values.AsSpan(j, 1));
        return row;
    }
    // [/doc:attention-merge-test]

    // [doc:attention-merge-starter]
    public static void MergeStarter(OnlineRow first, OnlineRow second)
    {
        first.Maximum = MathF.Max(first.Maximum, second.Maximum);
        first.Sum += second.Sum;
        for (int c = 0; c < first.Accumulator.Length; c++) first.Accumulator[c] += second.Accumulator[c];
    }
    // [/doc:attention-merge-starter]

    // [doc:attention-merge-answer]
    public static void Merge(OnlineRow first, OnlineRow second)
    {
        float higher = MathF.Max(first.Maximum, second.Maximum);
        if (float.IsNegativeInfinity(higher)) return; // both are empty
        float x = MathF.Exp(first.Maximum - higher), y = MathF.Exp(second.Maximum - higher);
        first.Sum = (first.Sum * x) + (second.Sum * y);
        for (int c = 0; c < first.Accumulator.Length; c++)
            first.Accumulator[c] = (first.Accumulator[c] * x) + (second.Accumulator[c] * y);
        first.Maximum = higher;
    }
    // [/doc:attention-merge-answer]

    /// <summary>Σ a_i·b_i.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}

/// <summary>The mix of values of one query, key after key: d + 2 numbers however many keys there are.</summary>
public sealed class OnlineRow(int d)
{
    /// <summary>Largest score so far.</summary>
    public float Maximum { get; set; } = float.NegativeInfinity;

    /// <summary>Σ e^{s_j − Maximum} over the keys so far.</summary>
    public float Sum { get; set; }

    /// <summary>Σ e^{s_j − Maximum} v_j over the keys so far.</summary>
    public float[] Accumulator { get; } = new float[d];

    // [doc:attention-online-row]
    public void Add(float score, ReadOnlySpan<float> value)
    {
        float higher = MathF.Max(Maximum, score);
        float rescale = MathF.Exp(Maximum - higher), weight = MathF.Exp(score - higher);
        Sum = (Sum * rescale) + weight;
        for (int c = 0; c < value.Length; c++)
            Accumulator[c] = (Accumulator[c] * rescale) + (weight * value[c]);
        Maximum = higher;
    }
    // [/doc:attention-online-row]

    /// <summary>The same with one product forgotten, to see what it does.</summary>
    public void AddWithoutRescale(float score, ReadOnlySpan<float> value)
    {
        float higher = MathF.Max(Maximum, score), weight = MathF.Exp(score - higher);
        Sum = (Sum * MathF.Exp(Maximum - higher)) + weight;
        for (int c = 0; c < value.Length; c++) Accumulator[c] += weight * value[c];
        Maximum = higher;
    }
}
