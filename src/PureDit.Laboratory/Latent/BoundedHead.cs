// One head of attention whose scores are bounded: queries and keys uniform on spheres such that |q·k|/√d ≤ R, or on one
// line. A value is ±1, the side of a plane that its key (before it is put on a line) is on: outputs then see what an approximation does to whole regions of keys, and an error of an output is in units of half the range of the values,
// as η is. Exact outputs are in double, of some rows only: L² of them would be the longest part of any experiment.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Queries, keys and values of a head with a known R.</summary>
internal sealed class BoundedHead
{
    private BoundedHead(AttentionShape shape, double radius, float[] qkv, float[] dO) => (Shape, Radius, Qkv, DO) = (shape, radius, qkv, dO);

    public AttentionShape Shape { get; }

    /// <summary>R: no score is larger.</summary>
    public double Radius { get; }

    /// <summary>[batch, tokens, 3, 1, d].</summary>
    public float[] Qkv { get; }

    /// <summary>A gradient with respect to the output.</summary>
    public float[] DO { get; }

    /// <summary>Uniform on spheres.</summary>
    public static BoundedHead OnSpheres(int tokens, int headSize, double radius, int seed, int batch = 1) =>
        Create(new(batch, tokens, 1, headSize), radius, seed, (_, _, x) => Normalise(x));

    /// <summary>On one line, at places from −1 to 1: scores fill [−R, R].</summary>
    public static BoundedHead OnALine(int tokens, int headSize, double radius, int seed) =>
        Create(new(1, tokens, 1, headSize), radius, seed, (_, _, x) => Place(x, Math.Clamp(x[0] / 2, -1, 1)));

    /// <summary>Keys near one end of a line, queries at both: all scores of half of the queries are near −R, where the terms of a polynomial cancel.</summary>
    public static BoundedHead Opposed(int tokens, int headSize, double radius, int seed) => Create(
        new(1, tokens, 1, headSize), radius, seed,
        (token, part, x) => Place(x, part == 1 ? 1 - (0.1 * Math.Min(1, Math.Abs(x[0]) / 2)) : (token % 2 * 2) - 1));

    /// <summary>The same with a vector added to all queries and to all keys: R grows, attention stays the same where keys move.</summary>
    public BoundedHead Moved(double offset)
    {
        float[] moved = [.. Qkv];
        for (int i = 0; i < moved.Length; i++) if (i / Shape.HeadSize % 3 < 2) moved[i] += (float)offset;
        return new(Shape, double.NaN, moved, DO);
    }

    /// <summary>Query, key or value (part 0, 1, 2) of a token of the first sequence.</summary>
    public ReadOnlySpan<float> Row(int token, int part) => Qkv.AsSpan(((token * 3) + part) * Shape.HeadSize, Shape.HeadSize);

    /// <summary>Scores of one query of the first sequence.</summary>
    public double[] Scores(int query)
    {
        double[] scores = new double[Shape.Tokens];
        ReadOnlySpan<float> q = Row(query, 0);
        double scale = 1 / Math.Sqrt(Shape.HeadSize);
        for (int j = 0; j < scores.Length; j++)
        {
            ReadOnlySpan<float> k = Row(j, 1);
            for (int c = 0; c < q.Length; c++) scores[j] += scale * q[c] * k[c];
        }

        return scores;
    }

    /// <summary>Exact outputs of evenly spread queries of the first sequence.</summary>
    public (int Token, double[] O)[] ExactRows(int count)
    {
        count = Math.Min(count, Shape.Tokens);
        (int, double[])[] rows = new (int, double[])[count];
        for (int row = 0; row < count; row++)
        {
            int token = (int)((long)Shape.Tokens * row / count);
            double[] scores = Scores(token), o = new double[Shape.HeadSize];
            double top = scores.Max(), sum = 0;
            for (int j = 0; j < scores.Length; j++)
            {
                double weight = PortableMath.Exp(scores[j] - top);
                sum += weight;
                ReadOnlySpan<float> v = Row(j, 2);
                for (int c = 0; c < o.Length; c++) o[c] += weight * v[c];
            }

            for (int c = 0; c < o.Length; c++) o[c] /= sum;
            rows[row] = (token, o);
        }

        return rows;
    }

    /// <summary>The largest error of an output among some exact rows, in units of half the range of the values.</summary>
    public double Error((int Token, double[] O)[] exact, ReadOnlySpan<float> o)
    {
        double largest = 0;
        foreach ((int token, double[] row) in exact)
        {
            for (int c = 0; c < row.Length; c++)
            {
                double error = Math.Abs(o[(token * Shape.HeadSize) + c] - row[c]);
                if (!(error <= largest)) largest = error;
            }
        }

        return largest;
    }

    private delegate void Shaping(int token, int part, Span<double> direction);

    private static BoundedHead Create(AttentionShape shape, double radius, int seed, Shaping shaping)
    {
        Philox random = new((ulong)seed, PhiloxStream.Data);
        int d = shape.HeadSize;
        double length = Math.Sqrt(radius * Math.Sqrt(d)) * (1 - 1e-6);
        double[] planes = new double[d * d], x = new double[d];
        random.FillNormal(1, 0, planes);
        float[] qkv = new float[shape.QkvLength], dO = new float[shape.OutputLength];
        random.FillNormal(2, 0, dO);
        for (int token = 0; token < shape.Batch * shape.Tokens; token++)
        {
            for (int part = 0; part < 2; part++)
            {
                random.FillNormal(0, (2 * token) + part, x);
                for (int c = 0; c < d && part == 1; c++)
                {
                    double side = 0;
                    for (int i = 0; i < d; i++) side += planes[(c * d) + i] * x[i];
                    qkv[(((token * 3) + 2) * d) + c] = side >= 0 ? 1 : -1;
                }

                shaping(token, part, x);
                for (int c = 0; c < d; c++) qkv[(((token * 3) + part) * d) + c] = (float)(length * x[c]);
            }
        }

        return new(shape, radius, qkv, dO);
    }

    private static void Place(Span<double> x, double place)
    {
        x.Clear();
        x[0] = place;
    }

    private static void Normalise(Span<double> x)
    {
        double square = 0;
        foreach (double value in x) square += value * value;
        for (int c = 0; c < x.Length; c++) x[c] /= Math.Sqrt(square);
    }
}
