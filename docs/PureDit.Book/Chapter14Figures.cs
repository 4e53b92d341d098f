// Chapter 14's experiments. Exact: bits, errors, the exercise. Timed, as shares of the multiply-add limit, which takes
// its turn in the same rounds: limits, tile shapes, both ladders, cuts of k, what the library does besides, breaks.

using System.Globalization;
using PureDit.Benchmarking;
using PureDit.Kernels;
using PureDit.Reporting;
using Truth = PureDit.Kernels.Reference;

namespace PureDit.Book;

internal sealed class Chapter14Figures : IChapter
{
    private const int PeakSteps = 500_000;
    private const int HeadSize = 64;
    private static readonly bool s_wide = SimdLevels.Supported.Contains(SimdLevel.Vector512);
    private static float s_result; // what nobody reads, the compiler leaves out

    public string Name => "14-fast-kernels";

    public void Run(BookOutput output)
    {
        Checks(output);
        double peak = Limits(output);
        TileShapes(output);
        ProductLadder(output, peak);
        Cuts(output);
        Library(output);
        AttentionLadder(output, peak);
        Breaks(output);
    }

    private static double LimitWork => 2.0 * 12 * (s_wide ? 16 : 8) * PeakSteps;

    private static void Limit() => s_result = s_wide ? Chapter02.Peak512(PeakSteps) : Chapter02.Peak256(PeakSteps);

    private static double[] Shares(int rounds, params IReadOnlyList<(Action Run, double Work)> candidates) =>
        Timing.Shares(rounds, 0.01, Limit, LimitWork, candidates);

    // Exact results.

    private static void Checks(BookOutput output)
    {
        const int m = 64, n = 192, k = 300, tokens = 2 * Chapter14Attention.Block;
        float[] a = Chapter02.Normal(m * k, 1), b = Chapter02.Normal(k * n, 2), naive = new float[m * n], c = new float[m * n];
        Chapter02.Naive(a, b, m, n, k, naive);
        Product[] products =
        [
            Chapter14Products.Vectors, Chapter14Products.Tiled, Chapter14Products.Packed, Chapter14Products.BlockedAsTheLibrary,
            (x, y, rows, columns, depth, z) => Chapter14Products.Blocked(x, y, rows, columns, depth, z, 77, 96, Chapter14Products.Aligned(77 * 96).Span), Library(Cpu.AllCores),
        ];
        int same = 0;
        foreach (Product product in products)
        {
            c.AsSpan().Fill(float.NaN);
            product(a, b, m, n, k, c);
            if (c.AsSpan().SequenceEqual(naive)) same++;
        }

        float[] q = Chapter02.Normal(tokens * HeadSize, 3), keys = Chapter02.Normal(tokens * HeadSize, 4);
        float[] v = Chapter02.Normal(tokens * HeadSize, 5), o = new float[tokens * HeadSize], s = new float[tokens * tokens];
        double[] exact = new double[o.Length];
        AttentionShape shape = new(1, tokens, 1, HeadSize);
        Truth.Attention.Forward(shape, AttentionMask.None, Doubles(q), Doubles(keys), Doubles(v), exact);
        double worst = 0;
        foreach (Action run in Attentions(q, keys, v, tokens, o, s))
        {
            o.AsSpan().Fill(float.NaN);
            run();
            for (int i = 0; i < o.Length; i++)
            {
                double error = Math.Abs(o[i] - exact[i]);
                if (!(error <= worst)) worst = error; // a NaN stays
            }
        }

        output.Text("fast-check", string.Create(CultureInfo.InvariantCulture, $"""
            products {m} x {n} x {k} with the bits of the three loops: {same} of {products.Length} rungs
            attention, {tokens} tokens, heads of {HeadSize}: largest error of all rungs {worst:0.0E+0}
            """));
        output.Text("fast-exercise", $"""
            RectifiedStarter: {Try(Chapter14Products.RectifiedStarter)}
            Rectified:        {Try(Chapter14Products.Rectified)}
            """);
    }

    private static string Try(CutProduct multiply)
    {
        try
        {
            Chapter14Products.RectifiedHasNoNegativePartLost(multiply);
            return "passes";
        }
        catch (InvalidOperationException failure)
        {
            return $"fails: {failure.Message}";
        }
    }

    // Timed results.

    private static double Limits(BookOutput output)
    {
        int all = Environment.ProcessorCount;
        int[] threads = all > 1 ? [1, all] : [1];
        MachinePeak found = MachinePeak.Measure(threads, 0.25, TimeProvider.System);
        SimdLevel widest = SimdLevels.Supported[0];
        double peak = found.Gigaflops(1, widest);
        List<object[]> rows = [];
        foreach (SimdLevel level in SimdLevels.Supported)
        {
            rows.Add([$"multiply-adds, {(int)level} bits, GFLOP/s", found.Gigaflops(1, level), found.Gigaflops(all, level), "·"]);
        }

        foreach (MemoryLevel level in Enum.GetValues<MemoryLevel>())
        {
            double one = found.Gigabytes(1, level);
            rows.Add([$"reads from {(level == MemoryLevel.Ram ? "main memory" : level)}, GB/s", one, found.Gigabytes(all, level), peak / one]);
        }

        output.Table("fast-limits", [new("limit"), new("1 thread", "F0"), new($"{all} threads", "F0"), new("FLOP per byte to balance (1 thread)", "F1")], rows);
        double l2 = found.Gigabytes(1, MemoryLevel.L2);
        output.Numbers(
            "fast-machine",
            ("processor", Timing.Processor()), ("threads", all), ("bits", (int)widest), ("peak", peak), ("l2", l2),
            ("tileBandwidth", peak / 4), ("tileShareOfL2", 100 * peak / 4 / l2), // 192 bytes of B for 768 operations
            ("vectorsBound", found.Gigabytes(1, MemoryLevel.L1) * 32 / 192), // a load of b and c, a store of c per 32 operations
            ("memory", found.Gigabytes(1, MemoryLevel.Ram)), ("l3", found.Gigabytes(1, MemoryLevel.L3)));
        return peak;
    }

    private static void TileShapes(BookOutput output)
    {
        (string Name, int Rows, int Vectors, Action Run, double Work)[] tiles =
        [
            Tile<T1x1>(96), Tile<T2x1>(96), Tile<T4x1>(96), Tile<T8x1>(96), Tile<T4x2>(96), Tile<T4x3>(96), Tile<T8x2>(96),
            Tile<T6x4>(96), Tile<Chapter14Products.EightByThree>(96), Tile<T8x4>(96),
        ];
        double[] shares = Shares(25, [.. tiles.Select(t => (t.Run, t.Work))]);
        output.Table(
            "fast-tiles",
            [new("rows × vectors"), new("chains", "0"), new("loads per multiply-add", "F2"), new("registers", "0"), new("expected, % of peak", "F0"), new("measured, % of peak", "F0")],
            [.. tiles.Select((t, i) => (object[])
            [
                t.Name, t.Rows * t.Vectors, (t.Rows + t.Vectors) / (double)(t.Rows * t.Vectors), (t.Rows * t.Vectors) + t.Vectors + 1,
                100 * Math.Min(Math.Min(1, t.Rows * t.Vectors / 8.0), t.Rows * t.Vectors / (double)(t.Rows + t.Vectors)), 100 * shares[i],
            ])]);
        int[] depths = [4, 8, 16, 32, 64, 192];
        (string Name, int Rows, int Vectors, Action Run, double Work)[] shallow = [.. depths.Select(Tile<Chapter14Products.EightByThree>)];
        double[] shallowShares = Shares(25, [.. shallow.Select(t => (t.Run, t.Work))]);
        output.Table("fast-depths", [new("depth of the tile", "0"), new("% of peak", "F0")], [.. depths.Select((d, i) => (object[])[d, 100 * shallowShares[i]])]);
        output.Numbers(
            "fast-tile-numbers", ("oneChain", 100 * shares[0]), ("best", 100 * shares[^2]), ("spilled", 100 * shares[^1]),
            ("depth8", 100 * shallowShares[1]), ("depth64", 100 * shallowShares[4]));
    }

    // One tile over and over, its operands in the first- and second-level cache.
    private static (string Name, int Rows, int Vectors, Action Run, double Work) Tile<T>(int depth) where T : struct, ITileShape
    {
        const int times = 200;
        int width = 16 * T.Vectors;
        float[] a = Chapter02.Normal(8 * depth, 6);
        Memory<float> b = Chapter14Products.Aligned(depth * width), c = Chapter14Products.Aligned(8 * width);
        Chapter02.Normal(depth * width, 7).CopyTo(b);
        c.Span.Clear();
        return ($"{T.Rows} × {T.Vectors}", T.Rows, T.Vectors, Run, 2.0 * times * T.Rows * width * depth);

        void Run()
        {
            for (int i = 0; i < times; i++) Chapter14Products.Tile<T>(ref a[0], depth, ref b.Span[0], width, depth, ref c.Span[0], width);
        }
    }

    private static void ProductLadder(BookOutput output, double peak)
    {
        (int M, int N, int K)[] sizes = [(960, 960, 960), (256, 1536, 384)];
        (string Name, Product Run)[] rungs =
        [
            ("1 three loops", Chapter02.Naive),
            ("2 along rows, vectors of 16", Chapter14Products.Vectors),
            ("3 register tile 8 × 48", Chapter14Products.Tiled),
            ("4 b packed, panel by panel", Chapter14Products.Packed),
            ("5 blocks of b, k cut", Chapter14Products.BlockedAsTheLibrary),
            ("6 library", Library(Cpu.Serial)),
        ];
        double[][] shares = new double[sizes.Length][];
        for (int size = 0; size < sizes.Length; size++)
        {
            (int m, int n, int k) = sizes[size];
            float[] a = Chapter02.Normal(m * k, 8), b = Chapter02.Normal(k * n, 9), c = new float[m * n];
            _ = Timing.Best(2, 0.15, () => Library(Cpu.Serial)(a, b, m, n, k, c), () => Chapter14Products.BlockedAsTheLibrary(a, b, m, n, k, c));
            (Action, double)[] calls = [.. rungs.Select(r => ((Action)(() => r.Run(a, b, m, n, k, c)), 2.0 * m * n * k))];
            shares[size] = [.. Shares(1, calls[0]), .. Shares(30, calls[1..])];
        }

        output.Table(
            "fast-matmul",
            [new("rung"), new("960 × 960 × 960, % of peak", "F1"), new("× rung before", "F2"), new("256 × 1536 × 384, % of peak", "F1"), new("× rung before", "F2")],
            [.. rungs.Select((r, i) => (object[])
            [
                r.Name, 100 * shares[0][i], i == 0 ? 1.0 : shares[0][i] / shares[0][i - 1], 100 * shares[1][i], i == 0 ? 1.0 : shares[1][i] / shares[1][i - 1],
            ])]);
        output.Numbers(
            "fast-matmul-numbers",
            ("naive", 100 * shares[0][0]), ("vectors", 100 * shares[0][1]), ("library", 100 * shares[0][^1]), ("layer", 100 * shares[1][^1]),
            ("gain", shares[0][^1] / shares[0][0]), ("tile", shares[0][2] / shares[0][1]), ("packed", shares[0][3] / shares[0][2]),
            ("blocked", shares[0][4] / shares[0][3]), ("last", shares[0][5] / shares[0][4]), ("lastLayer", shares[1][5] / shares[1][4]));
        Bars(output, "fast-matmul", "A 960 × 960 × 960 product, rung by rung", peak, rungs.Select(r => r.Name), shares[0]);
    }

    private static void Bars(BookOutput output, string name, string title, double peak, IEnumerable<string> rungs, double[] shares) =>
        output.Figure(name, new BarChart
        {
            Title = title,
            Subtitle = $"One core of {Timing.Processor()}",
            Values = new Axis("share of the multiply-add limit × its best rate, GFLOP/s"),
            Bars = [.. rungs.Select((r, i) => new Bar(r, shares[i] * peak, $"{100 * shares[i]:F0} % of peak") { Color = i == shares.Length - 1 ? PlotColor.Green : PlotColor.Blue })],
            Reference = new ReferenceLine("peak of one core", peak),
        }.ToSvg());

    private static void Cuts(BookOutput output)
    {
        const int m = 960, n = 960, k = 1920;
        int[] cuts = [24, 48, 96, 192, 384, 640, 960, 1920];
        float[] a = Chapter02.Normal(m * k, 10), b = Chapter02.Normal(k * n, 11), c = new float[m * n];
        Memory<float> block = Chapter14Products.Aligned((128 * 1024) + 4);
        double[] shares = Shares(9, [.. cuts.Select(cut =>
            ((Action)(() => Chapter14Products.Blocked(a, b, m, n, k, c, cut, Math.Min(n, Chapter14Products.ColumnsOfBlock(cut)), block.Span)), 2.0 * m * n * k))]);
        double[] aligned = Shares(9, (() => AtOffset(0), 2.0 * m * n * k), (() => AtOffset(4), 2.0 * m * n * k));
        output.Numbers("fast-alignment", ("ratio", aligned[0] / aligned[1]));
        output.Table(
            "fast-cuts",
            [new("k cut at", "0"), new("columns of a block", "0"), new("bytes of C per 1000 FLOP", "F1"), new("rows of A in use, kB", "F0"), new("% of peak", "F1")],
            [.. cuts.Select((cut, i) => (object[])
                [cut, Math.Min(n, Chapter14Products.ColumnsOfBlock(cut)), 8e3 / (2 * cut), 8 * cut * 4 / 1e3, 100 * shares[i]])]);

        void AtOffset(int floats) => Chapter14Products.Blocked(a, b, m, n, k, c, 384, 336, block.Span[floats..]);
    }

    private static void Library(BookOutput output)
    {
        const int m = 256, inputs = 384, outputs = 1536, few = 8;
        float[] x = Chapter02.Normal(m * outputs, 12), w = [.. Chapter02.Normal(outputs * inputs, 13).Select(v => v * 0.05f)], bias = Chapter02.Normal(outputs, 14);
        float[] y = new float[m * outputs], z = new float[m * outputs], gradient = new float[outputs * inputs], panels = new float[MatMul.PackedLength(inputs, outputs)];
        MatMul.PackWeights(Cpu.Serial, w, inputs, outputs, panels);
        double layer = 2.0 * m * inputs * outputs, small = 2.0 * few * inputs * outputs;
        (string Name, Action Run, double Work)[] calls =
        [
            ("A·B", () => MatMul.Multiply(Cpu.Serial, x, false, w, false, m, outputs, inputs, y), layer),
            ("A·Bᵀ: a linear layer", () => MatMul.Linear(Cpu.Serial, x, w, bias, m, inputs, outputs, y), layer),
            ("Aᵀ·B: a weight's gradient", () => MatMul.Multiply(Cpu.Serial, y, true, x, false, outputs, inputs, m, gradient), layer),
            ("linear layer, weights packed ahead", () => MatMul.Linear(Cpu.Serial, x, panels, bias, m, inputs, outputs, y, WeightLayout.Panels), layer),
            ("linear layer, then GELU", LinearThenGelu, layer),
            ("linear layer with GELU in its epilogue", () => MatMul.LinearGelu(Cpu.Serial, x, w, bias, m, inputs, outputs, [], z), layer),
            ("linear layer, 8 rows", () => MatMul.Linear(Cpu.Serial, x, w, bias, few, inputs, outputs, y), small),
            ("8 rows, weights packed ahead", () => MatMul.Linear(Cpu.Serial, x, panels, bias, few, inputs, outputs, y, WeightLayout.Panels), small),
        ];
        _ = Timing.Best(2, 0.15, [.. calls.Select(call => call.Run)]);
        double[] shares = Shares(20, [.. calls.Select(call => (call.Run, call.Work))]);
        output.Table("fast-library", [new("256 × 384 → 1536, one thread"), new("% of peak", "F1")], [.. calls.Select((call, i) => (object[])[call.Name, 100 * shares[i]])]);

        int all = Environment.ProcessorCount;
        float[] a = Chapter02.Normal(960 * 960, 15), c = new float[960 * 960];
        double[] seconds = Timing.Best(
            12, 0.03, () => Library(Cpu.Serial)(a, a, 960, 960, 960, c), () => Library(Cpu.AllCores)(a, a, 960, 960, 960, c),
            Limit, () => Parallel.For(0, all, _ => s_result = s_wide ? Chapter02.Peak512(4 * PeakSteps) : Chapter02.Peak256(4 * PeakSteps)));
        output.Numbers(
            "fast-library-numbers",
            ("ahead", shares[3] / shares[1]), ("gelu", shares[5] / shares[4]), ("fewRows", 100 * shares[6]), ("fewRowsAhead", shares[7] / shares[6]),
            ("threads", all), ("scaling", seconds[0] / seconds[1]), ("limitScaling", 4 * all * seconds[2] / seconds[3]));

        void LinearThenGelu()
        {
            MatMul.Linear(Cpu.Serial, x, w, bias, m, inputs, outputs, y);
            Gelu.Forward(Cpu.Serial, y, z);
        }
    }

    private static void AttentionLadder(BookOutput output, double peak)
    {
        int[] lengths = [192, 960, 3840];
        double[][] shares = new double[lengths.Length][];
        for (int i = 0; i < lengths.Length; i++)
        {
            int n = lengths[i];
            float[] q = Chapter02.Normal(n * HeadSize, 16), k = Chapter02.Normal(n * HeadSize, 17), v = Chapter02.Normal(n * HeadSize, 18);
            Action[] calls = Attentions(q, k, v, n, new float[n * HeadSize], new float[n * n]);
            if (i == 0) _ = Timing.Best(2, 0.15, calls);
            double work = 4.0 * n * n * HeadSize;
            double[] loops = Shares(1, (calls[0], work));
            shares[i] = [loops[0], .. Shares(n > 1000 ? 5 : 15, [.. calls.Skip(1).Select(call => (call, work))])];
        }

        string[] names = ["1 scores stored, plain loops", "2 scores stored, fast products", "3 blocks, rows of queries", "4 blocks, columns of queries", "5 exponentials of base 2", "6 library"];
        output.Table(
            "fast-attention",
            [new("rung"), .. lengths.Select(n => new TableColumn($"{n} tokens, % of peak", "F1")), new("× rung before (3840)", "F2")],
            [.. names.Select((name, i) => (object[])
                [name, .. shares.Select(s => (object)(100 * s[i])), i == 0 ? 1.0 : shares[^1][i] / shares[^1][i - 1]])]);
        Bars(output, "fast-attention", "Attention of 3,840 tokens, one head of 64, rung by rung", peak, names, shares[^1]);

        const int tokens = 3840;
        AttentionShape shape = new(1, tokens, 1, HeadSize);
        float[] qkv = Chapter02.Normal(shape.QkvLength, 19), o = new float[shape.OutputLength];
        (string Name, AttentionMask Mask, double Seen)[] masks =
        [
            ("none", AttentionMask.None, 1),
            ("causal", AttentionMask.Causal, (tokens + 1) / (2.0 * tokens)),
            ("window of 512 to the left", AttentionMask.Window(511, 0), ((512 * (double)tokens) - (512 * 511 / 2)) / ((double)tokens * tokens)),
        ];
        double[] seconds = Timing.Best(7, 0.03, [.. masks.Select(mask => (Action)(() => Attention.Forward(Cpu.Serial, shape, qkv, o, [], mask.Mask)))]);
        output.Table(
            "fast-masks", [new("mask, 3840 tokens"), new("pairs that are seen, %", "F1"), new("time, % of no mask", "F1")],
            [.. masks.Select((mask, i) => (object[])[mask.Name, 100 * mask.Seen, 100 * seconds[i] / seconds[0]])]);
        double[] last = shares[^1];
        output.Numbers(
            "fast-attention-numbers", ("library", 100 * last[5]), ("gain", last[5] / last[0]), ("blocks", last[2] / last[1]),
            ("columns", last[3] / last[2]), ("baseTwo", last[4] / last[3]), ("rest", last[5] / last[4]));
    }

    private static Action[] Attentions(float[] q, float[] k, float[] v, int n, float[] o, float[] scores)
    {
        AttentionShape shape = new(1, n, 1, HeadSize);
        HeadStrides rows = HeadStrides.HeadMajor(n, 1, HeadSize);
        return
        [
            () => Chapter03.Naive(q, k, v, n, HeadSize, Chapter03.ShiftedSoftmax, o),
            () => Chapter14Attention.Stored(q, k, v, n, HeadSize, o, scores),
            () => Chapter14Attention.Rows(q, k, v, n, HeadSize, o),
            () => Chapter14Attention.Columns<Chapter14Attention.Natural>(q, k, v, n, HeadSize, o),
            () => Chapter14Attention.Columns<Chapter14Attention.BaseTwo>(q, k, v, n, HeadSize, o),
            () => Attention.Forward(Cpu.Serial, shape, AttentionMask.None, new(q, rows), new(k, rows), new(v, rows), new(o, rows), []),
        ];
    }

    private static void Breaks(BookOutput output)
    {
        const int n = 240;
        float[] b = Chapter02.Normal(n * n, 20), c = new float[n * n], normal = new float[n * n], tiny = new float[n * n];
        normal.AsSpan().Fill(1e-30f);
        tiny.AsSpan().Fill(1e-39f); // below 1.18e-38: a denormal
        double work = 2.0 * n * n * n;
        double[] shares = Shares(
            5, (() => Library(Cpu.Serial)(normal, b, n, n, n, c), work), (() => Library(Cpu.Serial)(tiny, b, n, n, n, c), work));
        output.Numbers("fast-denormals", ("normal", 100 * shares[0]), ("tiny", 100 * shares[1]), ("slower", shares[0] / shares[1]));
    }

    private static Product Library(Cpu cpu) => (a, b, m, n, k, c) => MatMul.Multiply(cpu, a, false, b, false, m, n, k, c);

    private static double[] Doubles(float[] x) => Array.ConvertAll(x, v => (double)v);

    private readonly struct T1x1 : ITileShape { public static int Rows => 1; public static int Vectors => 1; }

    private readonly struct T2x1 : ITileShape { public static int Rows => 2; public static int Vectors => 1; }

    private readonly struct T4x1 : ITileShape { public static int Rows => 4; public static int Vectors => 1; }

    private readonly struct T8x1 : ITileShape { public static int Rows => 8; public static int Vectors => 1; }

    private readonly struct T4x2 : ITileShape { public static int Rows => 4; public static int Vectors => 2; }

    private readonly struct T4x3 : ITileShape { public static int Rows => 4; public static int Vectors => 3; }

    private readonly struct T8x2 : ITileShape { public static int Rows => 8; public static int Vectors => 2; }

    private readonly struct T6x4 : ITileShape { public static int Rows => 6; public static int Vectors => 4; }

    private readonly struct T8x4 : ITileShape { public static int Rows => 8; public static int Vectors => 4; }
}
