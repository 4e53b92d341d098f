// Chapter 2's experiments. Exact: errors, bits, failures. Timed, and therefore in files of their own: the ladder, the
// roofline, the power of two.

using System.Globalization;
using System.Runtime.InteropServices;
using PureDit.Kernels;
using PureDit.Reporting;
using Truth = PureDit.Kernels.Reference;

namespace PureDit.Book;

internal sealed class Chapter02Figures : IChapter
{
    private const int Size = 960; // a multiple of 6, 16 and 64; b is larger than most second-level caches
    private const double Epsilon = 1.1920929e-7; // 2^−23, the step of floats at 1

    public string Name => "02-simd-and-matmul";

    public void Run(BookOutput output)
    {
        Errors(output);
        Bits(output);
        Failures(output);
        Exercise(output);
        Machine machine = Measure();
        Ladder(output, machine);
        Roofline(output, machine);
    }

    // Exact results.

    private static void Errors(BookOutput output)
    {
        const int m = 32, n = 32;
        List<object[]> rows = [];
        foreach (int k in (int[])[16, 64, 256, 1024, 4096])
        {
            float[] a = Chapter02.Normal(m * k, 1), b = Chapter02.Normal(k * n, 2);
            double normal = Error(a, b, m, n, k), uniform = Error(Uniform(m * k, 3), Uniform(k * n, 4), m, n, k);
            rows.Add([k, normal, uniform, 2 + Math.Sqrt(k), k / 2.0]);
        }

        output.Table(
            "matmul-error",
            [
                new("K", "0"), new("inputs from N(0, 1)", "F2"), new("inputs from U(0, 1)", "F2"),
                new("2 + √K", "F1"), new("K/2", "F0"),
            ],
            rows);
    }

    // Largest |C − C64| in units of ε·|A||B|, element by element.
    private static double Error(float[] a, float[] b, int m, int n, int k)
    {
        float[] c = new float[m * n];
        double[] exact = new double[m * n], bound = new double[m * n];
        MatMul.Multiply(Cpu.Serial, a, false, b, false, m, n, k, c);
        Truth.MatMul.Multiply(Doubles(a), false, Doubles(b), false, m, n, k, exact);
        Truth.MatMul.Multiply(Doubles(a, absolute: true), false, Doubles(b, absolute: true), false, m, n, k, bound);
        return c.Select((x, i) => Math.Abs(x - exact[i]) / (Epsilon * bound[i])).Max();
    }

    private static void Bits(BookOutput output)
    {
        const int m = 211, n = 223, k = 227; // primes: every edge is in use
        float[] a = Chapter02.Normal(m * k, 5), b = Chapter02.Normal(k * n, 6), c = new float[m * n];
        Chapter02.Naive(a, b, m, n, k, c);
        string naive = Hash(c);
        List<object[]> rows = [["three loops, one float", "1", naive, "yes"]];
        foreach (SimdLevel level in SimdLevels.Supported.Reverse())
        {
            foreach (int threads in (int[])[1, 2, 3])
            {
                MatMul.Multiply(new Cpu(threads, level), a, false, b, false, m, n, k, c);
                rows.Add([$"library, {(int)level}-bit vectors", Text(threads), Hash(c), Hash(c) == naive ? "yes" : "no"]);
            }
        }

        float[] other = new float[m * n];
        Chapter02.FourSums(a, b, m, n, k, other);
        rows.Add(["four partial sums per element", "1", Hash(other), Hash(other) == naive ? "yes" : "no"]);
        output.Table("matmul-bits", [new("version"), new("threads"), new("hash of C"), new("same bits")], rows);
        double error = Error(a, b, m, n, k);
        string same = rows.SkipLast(1).All(r => (string)r[3] == "yes") ? "yes" : "no";
        output.Numbers(
            "matmul-bits-numbers", ("m", m), ("n", n), ("k", k), ("elements", m * n), ("error", error),
            ("bound", 2 + Math.Sqrt(k)), ("differ", c.Zip(other).Count(x => x.First != x.Second)));
        output.Text("matmul-check", $"""
            {m} x {n} x {k}, inputs from N(0, 1)
            largest |C - C64| / (eps |A||B|)  {error:F2}   must stay below 2 + sqrt(K) = {2 + Math.Sqrt(k):F2}
            library = three loops in every bit, at every width and thread count: {same}
            """);
    }

    private static void Failures(BookOutput output)
    {
        const int terms = 1000;
        float[] ones = [.. Enumerable.Repeat(1f, terms)], c = [1 << 24];
        MatMul.Multiply(Cpu.Serial, ones, false, ones, false, 1, 1, terms, c, accumulate: true);
        double sum = (1 << 24) + terms, root = (2 + Math.Sqrt(terms)) * Epsilon * sum;
        output.Text("matmul-break-absorbed", $"""
            2^24 + 1 + ... + 1 ({terms} ones) in float: {c[0]:F0}
            exact:                                   {sum:F0}
            error:                                   {sum - c[0]:F0}
            allowed by (2.6), random errors:         {root:F1}
            allowed by (2.5), any errors:            {terms / 2.0 * Epsilon * sum:F1}
            """);

        float[] a = [0, 1], b = [float.NaN, 2], product = new float[1];
        MatMul.Multiply(Cpu.Serial, a, false, b, false, 1, 1, 2, product);
        float skipping = 0;
        for (int p = 0; p < 2; p++)
        {
            if (a[p] != 0) skipping = MathF.FusedMultiplyAdd(a[p], b[p], skipping);
        }

        output.Text("matmul-break-skip", string.Create(CultureInfo.InvariantCulture, $"""
            (0, 1)·(NaN, 2), library:            {product[0]}
            the same, skipping terms with a = 0: {skipping}
            """));
    }

    private static void Exercise(BookOutput output) => output.Text("matmul-exercise", $"""
        Tiles:          {Try(Chapter02.Tiles)}
        TilesOfAnySize: {Try(Chapter02.TilesOfAnySize)}
        """);

    private static string Try(Product multiply)
    {
        try
        {
            Chapter02.EverySizeHasTheBitsOfTheNaiveLoops(multiply);
            return "passes";
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            return $"fails: {failure.Message}";
        }
    }

    // Timed results.

    /// <summary>What the machine can do at most, in 10⁹ operations and 10⁹ bytes per second.</summary>
    private sealed record Machine(double Peak256, double Peak, double PeakOfAll, double Bandwidth, int Threads);

    private static Machine Measure()
    {
        const int steps = 2_000_000;
        bool wide = SimdLevels.Supported.Contains(SimdLevel.Vector512);
        int threads = Environment.ProcessorCount;
        double operations = 2.0 * 12 * 8 * steps, width = wide ? 2 : 1;
        Func<int, float> loop = wide ? Chapter02.Peak512 : Chapter02.Peak256;
        float[] memory = new float[16 << 20];
        Array.Fill(memory, 1f); // pages that were never written may share one page of zeros
        double[] seconds = Timing.Best(
            12, 0.03, () => Chapter02.Peak256(steps), () => loop(steps),
            () => Parallel.For(0, threads, _ => loop(4 * steps)), () => Chapter02.ReadAll(memory));
        return new Machine(
            operations / seconds[0] / 1e9, width * operations / seconds[1] / 1e9,
            4 * threads * width * operations / seconds[2] / 1e9, 4.0 * memory.Length / seconds[3] / 1e9, threads);
    }

    private static void Ladder(BookOutput output, Machine machine)
    {
        const int odd = 967;
        float[] a = Chapter02.Normal(odd * odd, 7), b = Chapter02.Normal(odd * odd, 8), c = new float[odd * odd];
        bool has256 = SimdLevels.Supported.Contains(SimdLevel.Vector256);
        Cpu narrow = new(1, has256 ? SimdLevel.Vector256 : SimdLevel.Vector128);
        (string Name, int Size, int Threads, Product Run)[] rungs =
        [
            ("1 three loops", Size, 1, Chapter02.Naive),
            ("2 the same, b transposed first", Size, 1, Chapter02.Transposed),
            ("3 i-k-j: along the rows of b", Size, 1, Chapter02.RowByRow),
            ("4 vectors of 8", Size, 1, Chapter02.Vectors),
            ("5 register tile 6 × 16", Size, 1, Chapter02.Tiles),
            ("6 b packed into panels", Size, 1, (x, y, m, n, k, z) => Chapter02.Packed(x, y, m, n, k, z, k)),
            ("7 … and k cut at 512", Size, 1, (x, y, m, n, k, z) => Chapter02.Packed(x, y, m, n, k, z, 512)),
            ("8 library, 256-bit vectors", Size, 1, Library(narrow)),
            ("9 library, widest vectors", Size, 1, Library(Cpu.Serial)),
            ("10 library, any size (967)", odd, 1, Library(Cpu.Serial)),
            ("11 library, all threads", Size, machine.Threads, Library(Cpu.AllCores)),
        ];
        string?[] hashes = new string?[rungs.Length];
        Action[] calls = [.. rungs.Select((r, i) => (Action)(() => r.Run(a, b, r.Size, r.Size, r.Size, c)))];
        double[] seconds = Timing.Best(3, 0.05, calls);
        for (int i = 0; i < rungs.Length; i++)
        {
            c.AsSpan().Clear();
            if (rungs[i].Size == Size)
            {
                calls[i]();
                hashes[i] = Hash(c.AsSpan(0, Size * Size));
            }
        }

        double[] rate = [.. rungs.Select((r, i) => 2.0 * r.Size * r.Size * r.Size / seconds[i] / 1e9)];
        double Peak(int i) => rungs[i].Threads == 1 ? machine.Peak : machine.PeakOfAll;
        output.Table(
            "matmul-ladder",
            [
                new("rung"), new("threads", "0"), new("GFLOP/s", "F1"), new("% of peak", "F1"),
                new("× rung 1", "F1"), new("× rung before", "F2"), new("bits of rung 1"),
            ],
            [.. rungs.Select((r, i) => Row(i))]);
        output.Figure("matmul-ladder", new BarChart
        {
            Title = $"A {Size} × {Size} product, rung by rung",
            Subtitle = Timing.Processor(),
            Values = new Axis("10⁹ floating-point operations per second"),
            Bars = [.. rungs.Select((r, i) => new Bar(r.Name, rate[i], $"{100 * rate[i] / Peak(i):F0} % of peak") { Color = Color(i) })],
            Reference = new ReferenceLine("peak of one core", machine.Peak),
        }.ToSvg());

        float[] x = Chapter02.Normal(1024 * 1024, 9), y = new float[1024 * 1024];
        double power = Timing.Best(2, 0, () => Chapter02.Naive(x, x, 1024, 1024, 1024, y))[0];
        output.Numbers(
            "matmul-ratios",
            ("size", Size), ("gigaflop", 2.0 * Size * Size * Size / 1e9),
            ("transposed", rate[1] / rate[0]), ("ikj", rate[2] / rate[1]), ("vector", rate[3] / rate[2]),
            ("tile", rate[4] / rate[3]), ("pack", rate[5] / rate[4]), ("cut", rate[6] / rate[5]),
            ("cutPercentOf256", 100 * rate[6] / machine.Peak256), ("library256", 100 * rate[7] / machine.Peak256),
            ("library", rate[8] / rate[0]), ("libraryPercent", 100 * rate[8] / machine.Peak),
            ("anySize", rate[9] / rate[8]), ("threads", rate[10] / rate[8]), ("all", rate[10] / rate[0]),
            ("powerOfTwo", power / seconds[0] / Math.Pow(1024.0 / Size, 3)));
        output.Numbers(
            "matmul-machine",
            ("processor", Timing.Processor()), ("threads", machine.Threads), ("bits", (int)SimdLevels.Supported[0]),
            ("peak256", machine.Peak256), ("peak", machine.Peak), ("peakOfAll", machine.PeakOfAll),
            ("bandwidth", machine.Bandwidth), ("balance", machine.Peak / machine.Bandwidth),
            ("balanceSize", 6 * machine.Peak / machine.Bandwidth));

        PlotColor Color(int i) => i >= 7 ? PlotColor.Green : PlotColor.Blue;

        object[] Row(int i) =>
        [
            rungs[i].Name, rungs[i].Threads, rate[i], 100 * rate[i] / Peak(i), rate[i] / rate[0],
            i == 0 ? 1.0 : rate[i] / rate[i - 1], hashes[i] is null ? "other size" : hashes[i] == hashes[0] ? "yes" : "no",
        ];
    }

    private static Product Library(Cpu cpu) =>
        (a, b, m, n, k, c) => MatMul.Multiply(cpu, a, false, b, false, m, n, k, c);

    private static void Roofline(BookOutput output, Machine machine)
    {
        const int width = 2048, long1 = 8 << 20;
        float[] weight = Chapter02.Normal(width * width, 10), x = new float[long1], y = new float[long1];
        int[] rows = [1, 4, 16, 64, 256];
        Array.Fill(x, 0.001f);
        Array.Fill(y, 1f);
        List<Action> calls = [() => Elementwise.Axpy(Cpu.Serial, 0.5f, x, y), () => Reductions.Dot(Cpu.Serial, x, y)];
        foreach (int r in rows) calls.Add(() => MatMul.Linear(Cpu.Serial, x, weight, [], r, width, width, y));
        int last = rows[^1]; // the same product, with a weight that need not be transposed on the way into panels
        calls.Add(() => MatMul.Multiply(Cpu.Serial, x, false, weight, false, last, width, width, y));
        Timing.WarmUp(calls[^1], calls[^2], calls[0], calls[1]);
        double[] seconds = Timing.Best(4, 0.03, calls);
        int[] counts = [.. rows, last];
        double[] work = [2.0 * long1, 2.0 * long1, .. counts.Select(r => 2.0 * r * width * width)];
        double[] bytes = [12.0 * long1, 8.0 * long1, .. counts.Select(r => 4.0 * width * (width + (2 * r)))];
        double[] intensity = [.. work.Zip(bytes, (w, q) => w / q)];
        double[] rate = [.. work.Zip(seconds, (w, s) => w / s / 1e9)];
        double ridge = machine.Peak / machine.Bandwidth;
        double[] roof = [.. intensity.Select(v => Math.Min(machine.Peak, v * machine.Bandwidth))];
        string[] names = ["y += a·x", "dot product", .. rows.Select(r => $"linear layer, {r} {(r == 1 ? "row" : "rows")}"), $"{last} rows, weight stored [in, out]"];
        output.Figure("matmul-roofline", new LineChart
        {
            Title = "What bounds a product: memory or multiply-adds",
            Subtitle = $"One core of {Timing.Processor()}",
            X = new Axis("floating-point operations per byte that must move", AxisScale.Log),
            Y = new Axis("10⁹ floating-point operations per second", AxisScale.Log),
            Curves =
            [
                new Curve("roof", [0.1, ridge, 300], [0.1 * machine.Bandwidth, machine.Peak, machine.Peak]) { Color = PlotColor.Ink },
                new Curve(names[0], [intensity[0]], [rate[0]]) { Mark = CurveMark.Points },
                new Curve(names[1], [intensity[1]], [rate[1]]) { Mark = CurveMark.Points },
                new Curve("linear layer, 1 to 256 rows", intensity[2..^1], rate[2..^1]) { Mark = CurveMark.LineAndPoints },
            ],
        }.ToSvg());
        output.Table(
            "matmul-roofline",
            [new("work"), new("FLOP/byte", "F2"), new("roof, GFLOP/s", "F1"), new("measured", "F1"), new("% of roof", "F0")],
            [.. names.Select((name, i) => (object[])[name, intensity[i], roof[i], rate[i], 100 * rate[i] / roof[i]])]);
    }

    private static float[] Uniform(int count, int sample)
    {
        float[] values = new float[count];
        new Philox(2, PhiloxStream.Data).FillUniform(0, sample, values);
        return values;
    }

    private static double[] Doubles(float[] x, bool absolute = false) =>
        Array.ConvertAll(x, v => absolute ? Math.Abs((double)v) : v);

    private static string Hash(ReadOnlySpan<float> x)
    {
        ulong hash = 14695981039346656037; // FNV-1a, 64 bits
        foreach (byte value in MemoryMarshal.AsBytes(x)) hash = (hash ^ value) * 1099511628211;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
