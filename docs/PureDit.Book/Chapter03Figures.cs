// Chapter 3's experiments. Exact: a row by hand, errors against the definition in double, memory, failures. Timed, in
// files of their own: the n × n matrix stored, against tiles.

using System.Globalization;
using System.Text;
using PureDit.Kernels;
using PureDit.Reporting;
using Truth = PureDit.Kernels.Reference;

namespace PureDit.Book;

internal sealed class Chapter03Figures : IChapter
{
    private const int HeadSize = 64;

    public string Name => "03-softmax-and-attention";

    public void Run(BookOutput output)
    {
        ByHand(output);
        Strip(output);
        Errors(output);
        Gradients(output);
        Memory(output);
        Failures(output);
        output.Text("attention-exercise", $"""
            MergeStarter: {Try(Chapter03.MergeStarter)}
            Merge:        {Try(Chapter03.Merge)}
            """);
        Times(output);
    }

    // Exact results.

    private static void ByHand(BookOutput output)
    {
        StringBuilder text = new();
        OnlineRow row = new(1);
        foreach ((float score, float value) in (ReadOnlySpan<(float, float)>)[(1, 10), (3, 20), (2, 30)])
        {
            row.Add(score, [value]);
            text.Append(Line($"s = {score}, v = {value}:   m = {row.Maximum}   l = {row.Sum:F4}"));
            text.AppendLine(Line($"   acc = {row.Accumulator[0],7:F4}"));
        }

        text.AppendLine(Line($"o = acc/l = {row.Accumulator[0] / row.Sum:F4}"));
        output.Text("attention-by-hand", text.ToString());
    }

    private static void Strip(BookOutput output)
    {
        const int keys = 64;
        double[] scores = new double[keys], maximum = new double[keys], logSum = new double[keys];
        new Philox(3, PhiloxStream.Data).FillNormal(0, 0, scores);
        double m = double.NegativeInfinity, l = 0;
        for (int j = 0; j < keys; j++)
        {
            scores[j] = (2 * scores[j]) + (0.04 * j); // a drift upwards, so that the maximum moves a few times
            double higher = Math.Max(m, scores[j]);
            l = (l * Math.Exp(m - higher)) + Math.Exp(scores[j] - higher);
            m = higher;
            (maximum[j], logSum[j]) = (m, m + Math.Log(l));
        }

        double[] place = [.. Enumerable.Range(1, keys).Select(j => (double)j)];
        output.Figure("attention-online", new LineChart
        {
            Title = "One row of scores, read once",
            Subtitle = "The running maximum m, and m + ln l",
            X = new Axis("keys seen"),
            Y = new Axis("score"),
            Curves =
            [
                new Curve("scores", place, scores) { Mark = CurveMark.Points, Color = PlotColor.Muted },
                new Curve("m", place, maximum) { Color = PlotColor.Blue },
                new Curve("m + ln l", place, logSum) { Color = PlotColor.Orange },
            ],
            References = [new ReferenceLine("ln Σ e^s", Math.Log(scores.Sum(Math.Exp)))],
        }.ToSvg());
    }

    private static void Errors(BookOutput output)
    {
        const int n = 509; // a prime above the library's block of keys
        AttentionShape shape = new(1, n, 1, HeadSize);
        List<object[]> rows = [];
        double[][] errors = new double[4][];
        for (int rung = 0; rung < errors.Length; rung++) errors[rung] = new double[3];
        foreach ((int column, float spread) in (ReadOnlySpan<(int, float)>)[(0, 1f), (1, 8f), (2, 64f)])
        {
            float[] q = Chapter02.Normal(n * HeadSize, 11), k = Chapter02.Normal(n * HeadSize, 12);
            float[] v = Chapter02.Normal(n * HeadSize, 13);
            for (int i = 0; i < q.Length; i++) q[i] *= spread;
            float[] qkv = Interleave(q, k, v, n), o = new float[n * HeadSize];
            double[] exact = new double[n * HeadSize];
            Truth.Attention.Forward(shape, Doubles(qkv), exact);
            Chapter03.Naive(q, k, v, n, HeadSize, Chapter03.UnshiftedSoftmax, o);
            errors[0][column] = Largest(o, exact);
            Chapter03.Naive(q, k, v, n, HeadSize, Chapter03.ShiftedSoftmax, o);
            errors[1][column] = Largest(o, exact);
            Chapter03.OnePass(q, k, v, n, HeadSize, o);
            errors[2][column] = Largest(o, exact);
            Attention.Forward(Cpu.Serial, shape, qkv, o, []);
            errors[3][column] = Largest(o, exact);
        }

        string[] names = ["1 as printed", "2 maximum subtracted", "3 online, key by key", "4 tiles (library)"];
        string[] kept = ["n²", "n²", "d + 2", "192·192 + 192·(d + 2)"];
        for (int rung = 0; rung < errors.Length; rung++)
        {
            rows.Add([names[rung], kept[rung], errors[rung][0], errors[rung][1], errors[rung][2]]);
        }

        output.Table(
            "attention-error",
            [
                new("rung"), new("numbers kept besides q, k, v, o"),
                new("scores of spread 1", "0.0E+0"), new("spread 8", "0.0E+0"), new("spread 64", "0.0E+0"),
            ],
            rows);
    }

    private static void Gradients(BookOutput output)
    {
        AttentionShape small = new(1, 7, 2, 5);
        double[] qkv = new double[small.QkvLength], gradient = new double[small.QkvLength];
        double[] dO = new double[small.OutputLength];
        new Philox(3, PhiloxStream.Data).FillNormal(1, 0, qkv);
        new Philox(3, PhiloxStream.Data).FillNormal(1, 1, dO);
        Truth.Attention.Backward(small, qkv, dO, gradient);
        double worst = 0;
        for (int i = 0; i < qkv.Length; i++)
        {
            const double step = 1e-5;
            double at = qkv[i];
            qkv[i] = at + step;
            double above = Product(small, qkv, dO);
            qkv[i] = at - step;
            double below = Product(small, qkv, dO);
            qkv[i] = at;
            worst = Math.Max(worst, Math.Abs(((above - below) / (2 * step)) - gradient[i]));
        }

        const int n = 509;
        AttentionShape large = new(1, n, 1, HeadSize);
        float[] x = Chapter02.Normal(large.QkvLength, 14), dOut = Chapter02.Normal(large.OutputLength, 15);
        float[] o = new float[large.OutputLength], statistics = new float[large.StatisticsLength];
        float[] dX = new float[large.QkvLength];
        double[] exact = new double[large.QkvLength];
        Attention.Forward(Cpu.Serial, large, x, o, statistics);
        Attention.Backward(Cpu.Serial, large, x, o, statistics, dOut, dX);
        Truth.Attention.Backward(large, Doubles(x), Doubles(dOut), exact);
        double error = Largest(dX, exact), largest = exact.Max(Math.Abs);
        output.Text("attention-check", Line($"""
            derivation against central differences, double, {small.QkvLength} entries: largest difference {worst:0.0E+0}
            library against derivation, n = {n}, d = {HeadSize}: largest error {error:0.0E+0}, largest gradient {largest:F1}
            """));
    }

    private static double Product(AttentionShape shape, double[] qkv, double[] dO)
    {
        double[] o = new double[shape.OutputLength];
        Truth.Attention.Forward(shape, qkv, o);
        return o.Zip(dO, (a, b) => a * b).Sum();
    }

    // What a training step keeps per sequence, and the scratch of a forward pass, as of Attention.Workspace.cs.
    private static void Memory(BookOutput output)
    {
        const int heads = 6, width = heads * HeadSize;
        int[] sizes = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
        double[] n = [.. sizes.Select(s => (double)s)];
        double[] naive = [.. n.Select(t => 4 * heads * t * t)], tensors = [.. n.Select(t => 4 * 4 * t * width)];
        const int block = 192, reach = 8; // queries and keys of a block, and how far a tile may reach beyond one
        double blocks = (((3 * block) + (2 * reach)) * HeadSize) + ((block + reach) * block) + (2 * block) + 64;
        double[] tiled = [.. n.Select(t => 4 * ((heads * t) + blocks))];
        output.Figure("attention-memory", new LineChart
        {
            Title = "Memory of attention against the number of tokens",
            Subtitle = "One sequence, 6 heads of 64",
            X = new Axis("tokens n", AxisScale.Log),
            Y = new Axis("bytes", AxisScale.Log),
            Curves =
            [
                new Curve("probabilities, 4·H·n²", n, naive),
                new Curve("tiles: statistics and scratch of a thread", n, tiled),
                new Curve("q, k, v, o themselves", n, tensors) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        }.ToSvg());
        output.Numbers(
            "attention-memory-numbers",
            ("naive4096", naive[6] / 1e6), ("tiled4096", tiled[6] / 1e6), ("block", block * block * 4 / 1e3));
    }

    private static void Failures(BookOutput output)
    {
        float[] big = [89, 88, 0], y = new float[3];
        Chapter03.UnshiftedSoftmax(big, y);
        string unshifted = Line($"{y[0]}, {y[1]}, {y[2]}");
        Chapter03.ShiftedSoftmax(big, y);
        output.Text("attention-break-overflow", Line($"""
            softmax(89, 88, 0) without shift: {unshifted}      e^89 in float: {MathF.Exp(89)}
            with the maximum subtracted:      {y[0]:F4}, {y[1]:F4}, {y[2]:F4}
            """));

        const int n = 256;
        output.Text("attention-break-scale", Line($"""
            largest weight of a row, mean over {n} rows, q and k from N(0, 1), d = {HeadSize}
            with 1/sqrt(d):    {Sharpness(n, 1 / Math.Sqrt(HeadSize)):F3}
            without:           {Sharpness(n, 1):F3}
            """));

        output.Text("attention-break-rescale", Line($"""
            accumulator not rescaled, the example above:  o = {Forgetful([(1, 10), (3, 20), (2, 30)]):F4}
            the same keys, largest score first:           o = {Forgetful([(3, 20), (1, 10), (2, 30)]):F4}
            """));

        OnlineRow masked = new(1);
        masked.Add(float.NegativeInfinity, [10]);
        Softmax.Forward(Cpu.Serial, [float.NegativeInfinity, float.NegativeInfinity], 1, 2, y);
        output.Text("attention-break-masked", Line($"""
            first score is -inf, OnlineRow:     l = {masked.Sum}
            row of -inf only, Softmax.Forward:  {y[0]}, {y[1]}
            """));

        StringBuilder text = new("spread of scores   |sum of recomputed weights - 1|, largest of 256 rows\n");
        foreach (double spread in (double[])[1, 10, 100, 1000, 10000])
        {
            text.AppendLine(Line($"{spread,16}   {Recomputed(n, spread):0.0E+0}"));
        }

        output.Text("attention-break-statistics", text.ToString());
    }

    private static double Sharpness(int n, double scale)
    {
        double[] q = Doubles(Chapter02.Normal(n * HeadSize, 16)), k = Doubles(Chapter02.Normal(n * HeadSize, 17));
        double[] s = new double[n * n];
        Truth.MatMul.Multiply(q, false, k, true, n, n, HeadSize, s);
        for (int i = 0; i < s.Length; i++) s[i] *= scale;
        Truth.Softmax.Forward(s, n, n, s);
        return s.Chunk(n).Average(row => row.Max());
    }

    private static float Forgetful(ReadOnlySpan<(float Score, float Value)> keys)
    {
        OnlineRow row = new(1);
        foreach ((float score, float value) in keys) row.AddWithoutRescale(score, [value]);
        return row.Accumulator[0] / row.Sum;
    }

    // Weights e^{s − L} from an L that was rounded to float: how far their sum is from 1.
    private static double Recomputed(int n, double spread) => Enumerable.Range(0, 256).Max(row =>
    {
        double[] s = new double[n];
        new Philox(3, PhiloxStream.Data).FillNormal(2, row, s);
        double maximum = spread * s.Max();
        float logSumExp = (float)(maximum + Math.Log(s.Sum(v => Math.Exp((spread * v) - maximum))));
        return Math.Abs(s.Sum(v => Math.Exp((spread * v) - logSumExp)) - 1);
    });

    private static string Try(Action<OnlineRow, OnlineRow> merge)
    {
        try
        {
            Chapter03.MergedHalvesAreTheWhole(merge);
            return "passes";
        }
        catch (InvalidOperationException failure)
        {
            return $"fails: {failure.Message}";
        }
    }

    // Timed results.

    private static void Times(BookOutput output)
    {
        List<object[]> rows = [];
        List<(string, object)> numbers = [("processor", Timing.Processor())];
        foreach (int n in (int[])[64, 256, 1024, 4096])
        {
            AttentionShape shape = new(1, n, 2, HeadSize);
            float[] qkv = Chapter02.Normal(shape.QkvLength, 18), dQkv = new float[shape.QkvLength];
            float[] o = new float[shape.OutputLength], dO = Chapter02.Normal(shape.OutputLength, 19);
            float[] statistics = new float[shape.StatisticsLength];
            float[] head = Chapter02.Normal(n * HeadSize, 20), scores = new float[n * n], p = new float[n * HeadSize];
            Action[] calls =
            [
                () => Attention.Forward(Cpu.Serial, shape, qkv, o, statistics),
                () => Stored(head, scores, n, shape.Heads, p),
                () => Attention.Backward(Cpu.Serial, shape, qkv, o, statistics, dO, dQkv),
            ];
            if (rows.Count == 0) Timing.WarmUp(calls);
            double[] seconds = Timing.Best(4, 0.05, calls);
            double work = 4.0 * shape.Heads * n * n * HeadSize / 1e9;
            rows.Add([n, work / seconds[1], work / seconds[0], seconds[1] / seconds[0], seconds[2] / seconds[0]]);
            string key = n.ToString(CultureInfo.InvariantCulture);
            numbers.Add(("gain" + key, seconds[1] / seconds[0]));
            numbers.Add(("backward" + key, seconds[2] / seconds[0]));
        }

        output.Table(
            "attention-time",
            [
                new("n", "0"), new("n × n stored, GFLOP/s", "F1"), new("tiles, GFLOP/s", "F1"),
                new("time stored / time tiles", "F2"), new("backward / forward (tiles)", "F2"),
            ],
            rows);
        output.Numbers("attention-ratios", numbers);
    }

    // The library's products and softmax with the scores in memory; heads are contiguous, which favours it.
    private static void Stored(float[] head, float[] scores, int n, int heads, float[] o)
    {
        for (int h = 0; h < heads; h++)
        {
            Elementwise.Scale(Cpu.Serial, head, 1 / MathF.Sqrt(HeadSize), o);
            MatMul.Multiply(Cpu.Serial, o, false, head, true, n, n, HeadSize, scores);
            Softmax.Forward(Cpu.Serial, scores, n, n, scores);
            MatMul.Multiply(Cpu.Serial, scores, false, head, false, n, HeadSize, n, o);
        }
    }

    private static float[] Interleave(float[] q, float[] k, float[] v, int n)
    {
        float[] qkv = new float[3 * n * HeadSize];
        for (int i = 0; i < n; i++)
        {
            Span<float> token = qkv.AsSpan(3 * i * HeadSize);
            q.AsSpan(i * HeadSize, HeadSize).CopyTo(token);
            k.AsSpan(i * HeadSize, HeadSize).CopyTo(token[HeadSize..]);
            v.AsSpan(i * HeadSize, HeadSize).CopyTo(token[(2 * HeadSize)..]);
        }

        return qkv;
    }

    private static double Largest(float[] actual, double[] expected)
    {
        double largest = 0;
        for (int i = 0; i < actual.Length; i++) largest = Math.Max(largest, Math.Abs(actual[i] - expected[i]));
        return largest; // NaN if one is NaN
    }

    private static double[] Doubles(float[] x) => Array.ConvertAll(x, v => (double)v);

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
