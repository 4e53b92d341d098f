// Experiments of chapter 5: the row by hand, the ladder of variances, every layer against central differences of its
// double twin, the activations, and what an initialisation does to the size of the values in a deep network.

using System.Globalization;
using System.Text;
using PureDit.Kernels;
using PureDit.Reporting;
using Twin = PureDit.Kernels.Reference;

namespace PureDit.Book;

public sealed class Chapter05Figures : IChapter
{
    private const ulong Seed = 5;
    private const double Epsilon = 1e-6;

    public string Name => "05-layers";

    public void Run(BookOutput output)
    {
        Hand(output);
        Variances(output);
        GradientTable(output);
        Activations(output);
        Initialisation(output);
        Breaks(output);
    }

    private static double[] Normal(int count, int sample)
    {
        double[] values = new double[count];
        new Philox(Seed, PhiloxStream.Data).FillNormal(0, sample, values);
        return Array.ConvertAll(values, v => (double)(float)v); // exact in float, so that both sides see the same input
    }

    private static float[] Single(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static void Hand(BookOutput output)
    {
        double[] x = [1, 1, 4], g = [1, 0, 0], y = new double[3], mean = new double[1], s = new double[1];
        Twin.LayerNorm.Forward(x, [], [], 1, 3, 1, 0, 0, y, mean, s);
        double[] dX = Chapter05Layers.NormaliseBackward(x, g, 0), forgetful = Chapter05Layers.NormaliseBackwardForgetful(x, g, 0);
        double[] differences = Chapter05Layers.CentralDifferences(Normalise, [x], g);
        StringBuilder text = new();
        void Line(string name, double[] values) => text.Append(CultureInfo.InvariantCulture, $"{name,-22}{string.Join("", values.Select(v => (Math.Round(v, 4) + 0.0).ToString("F4", CultureInfo.InvariantCulture).PadLeft(10)))}\n");
        Line("x", x);
        Line("x^", y);
        Line("g", g);
        Line("dX", dX);
        Line("central differences", differences);
        Line("mu and s as constants", forgetful);
        output.Text("layers-hand", text.ToString());

        static double[] Normalise(double[][] v)
        {
            double[] y = new double[v[0].Length];
            Twin.LayerNorm.Forward(v[0], [], [], 1, y.Length, 1, 0, 0, y, new double[1], new double[1]);
            return y;
        }
    }

    private static void Variances(BookOutput output)
    {
        const int Width = 384;
        double[] noise = Normal(Width, 1);
        List<object[]> rows = [["1 one pass, float"], ["2 one pass, 16 partial sums"], ["3 one pass, double"], ["4 two passes, float"], ["5 the library (two passes, vectors)"]];
        List<TableColumn> columns = [new("Relative error of the variance")];
        double onePass = 0, twoPass = 0, negative = 0;
        foreach (double offset in (double[])[0, 10, 100, 1000, 10000])
        {
            float[] x = Single(Array.ConvertAll(noise, v => offset + v));
            double mean = x.Average(v => (double)v), exact = x.Average(v => (v - mean) * (v - mean));
            float[] inverseStd = new float[1];
            LayerNorm.Forward(Cpu.Serial, x, [], [], 1, Width, 1, 0, 0, new float[Width], new float[1], inverseStd);
            double library = 1 / ((double)inverseStd[0] * inverseStd[0]);
            double[] found = [Chapter05Layers.OnePass(x), Chapter05Layers.OnePassLanes(x), Chapter05Layers.OnePassDouble(x), Chapter05Layers.TwoPass(x), library];
            columns.Add(new($"mean {offset:0}", "0.0E+0"));
            for (int i = 0; i < rows.Count; i++) rows[i] = [.. rows[i], Math.Abs(found[i] - exact) / exact];
            if (offset == 1000) (onePass, twoPass) = (Math.Abs(found[0] - exact) / exact, Math.Abs(found[4] - exact) / exact);
            negative = Math.Min(negative, found[0]);
        }

        output.Table("layers-variance", columns, rows);
        output.Numbers("layers-variance-numbers", ("width", Width), ("onePass1000", onePass), ("library1000", twoPass), ("worst", negative));
    }

    // Forward and backward of the library in float against the twin and central differences of the twin in double.
    private static void GradientTable(BookOutput output)
    {
        const int Rows = 6, Samples = 3, Width = 7, Outputs = 5; // 2 rows share a sample's modulation
        List<object[]> rows = [];
        void Check(string layer, int[] sizes, int outputs, Func<double[][], double[]> twin, Action<float[][], float[]> forward, Action<float[][], float[], float[][]> backward)
        {
            double[][] inputs = [.. sizes.Select((size, i) => Normal(size, i))];
            double[] dY = Normal(outputs, 17), exact = twin(inputs);
            float[][] x = Array.ConvertAll(inputs, Single), d = Array.ConvertAll(sizes, size => new float[size]);
            float[] y = new float[outputs];
            forward(x, y);
            backward(x, Single(dY), d);
            double[] differences = Chapter05Layers.CentralDifferences(twin, inputs, dY);
            rows.Add([layer, sizes.Sum(), Worst(y, exact), Worst([.. d.SelectMany(v => v)], differences)]);
        }

        Check("linear", [Rows * Width, Outputs * Width, Outputs], Rows * Outputs,
            v => Made(Rows * Outputs, y => Twin.MatMul.Linear(v[0], v[1], v[2], Rows, Width, Outputs, y)),
            (v, y) => MatMul.Linear(Cpu.Serial, v[0], v[1], v[2], Rows, Width, Outputs, y),
            (v, dY, d) =>
            {
                // [doc:linear-backward]
                // dX += dY·W,  dW += dYᵀ·X,  db += column sums of dY
                MatMul.Multiply(Cpu.Serial, dY, false, v[1], false, Rows, Width, Outputs, d[0], accumulate: true);
                MatMul.Multiply(Cpu.Serial, dY, true, v[0], false, Outputs, Width, Rows, d[1], accumulate: true);
                Kernels.Rows.SumColumns(Cpu.Serial, dY, Rows, Outputs, d[2]);
                // [/doc:linear-backward]
            });
        float[] mean = new float[Rows], inverseStd = new float[Rows];
        Check("LayerNorm, plain", [Rows * Width], Rows * Width,
            v => Made(Rows * Width, y => Twin.LayerNorm.Forward(v[0], [], [], Rows, Width, 1, 0, Epsilon, y, new double[Rows], new double[Rows])),
            (v, y) => LayerNorm.Forward(Cpu.Serial, v[0], [], [], Rows, Width, 1, 0, (float)Epsilon, y, mean, inverseStd),
            (v, dY, d) => LayerNorm.Backward(Cpu.Serial, v[0], [], mean, inverseStd, dY, Rows, Width, 1, 0, d[0], [], []));
        Check("LayerNorm, shift and scale", [Rows * Width, Samples * Width, Samples * Width], Rows * Width,
            v => Made(Rows * Width, y => Twin.LayerNorm.Forward(v[0], v[1], v[2], Rows, Width, Rows / Samples, Width, Epsilon, y, new double[Rows], new double[Rows])),
            (v, y) => LayerNorm.Forward(Cpu.Serial, v[0], v[1], v[2], Rows, Width, Rows / Samples, Width, (float)Epsilon, y, mean, inverseStd),
            (v, dY, d) => LayerNorm.Backward(Cpu.Serial, v[0], v[2], mean, inverseStd, dY, Rows, Width, Rows / Samples, Width, d[0], d[1], d[2]));
        Check("gate", [Rows * Width, Samples * Width, Rows * Width], Rows * Width,
            v => Made(Rows * Width, y => Twin.Gate.Forward(v[0], v[1], v[2], Rows, Width, Rows / Samples, Width, y)),
            (v, y) => Gate.Forward(Cpu.Serial, v[0], v[1], v[2], Rows, Width, Rows / Samples, Width, y),
            (v, dY, d) => Gate.Backward(Cpu.Serial, v[1], v[2], dY, Rows, Width, Rows / Samples, Width, d[0], d[1], d[2]));
        Check("GELU, tanh form", [64], 64, v => Made(64, y => Twin.Gelu.Forward(v[0], y)),
            (v, y) => Gelu.Forward(Cpu.Serial, v[0], y), (v, dY, d) => Gelu.Backward(Cpu.Serial, v[0], dY, d[0]));
        Check("SiLU", [64], 64, v => Made(64, y => Twin.Silu.Forward(v[0], y)),
            (v, y) => Silu.Forward(Cpu.Serial, v[0], y), (v, dY, d) => Silu.Backward(Cpu.Serial, v[0], dY, d[0]));
        Check("embedding of 5 labels", [4 * Width], 5 * Width, v => Looked(v[0]),
            (v, y) => Array.ConvertAll(Looked(Array.ConvertAll(v[0], f => (double)f)), e => (float)e).CopyTo(y, 0),
            (v, dY, d) =>
            {
                // [doc:embedding-backward]
                for (int n = 0; n < s_labels.Length; n++)
                {
                    Span<float> row = d[0].AsSpan(s_labels[n] * Width, Width); // a label twice: its row twice
                    Elementwise.Axpy(Cpu.Serial, 1, dY.AsSpan(n * Width, Width), row);
                }
                // [/doc:embedding-backward]
            });
        output.Table("layers-gradients", [new("Layer"), new("Inputs", "0"), new("Forward, largest error", "0.0E+0"), new("Backward, largest error", "0.0E+0")], rows);
        output.Numbers("layers-gradients-numbers", ("forward", rows.Max(r => (double)r[2])), ("backward", rows.Max(r => (double)r[3])));

        static double[] Looked(double[] table) => [.. s_labels.SelectMany(label => table[(label * Width)..((label + 1) * Width)])];
        static double Worst(float[] actual, double[] expected) => actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
    }

    private static readonly int[] s_labels = [2, 0, 3, 2, 2];

    private delegate void Fill(Span<double> y);

    private static double[] Made(int length, Fill fill)
    {
        double[] y = new double[length];
        fill(y);
        return y;
    }

    private static void Activations(BookOutput output)
    {
        double[] x = [.. Enumerable.Range(-60, 121).Select(i => i / 15.0)], ones = [.. x.Select(_ => 1.0)];
        double[] gelu = new double[x.Length], silu = new double[x.Length], dGelu = new double[x.Length], dSilu = new double[x.Length];
        Twin.Gelu.Forward(x, gelu);
        Twin.Silu.Forward(x, silu);
        Twin.Gelu.Backward(x, ones, dGelu);
        Twin.Silu.Backward(x, ones, dSilu);
        output.Figure("layers-activations", new LineChart
        {
            Title = "GELU and SiLU with their slopes",
            Subtitle = "Both slopes dip below 0 on the left and pass 1 on the right before they settle.",
            X = new Axis("x"),
            Y = new Axis("value or slope"),
            Curves =
            [
                new("GELU", x, gelu) { Color = PlotColor.Blue }, new("its slope", x, dGelu) { Color = PlotColor.Blue, Mark = CurveMark.Dashed },
                new("SiLU", x, silu) { Color = PlotColor.Orange }, new("its slope", x, dSilu) { Color = PlotColor.Orange, Mark = CurveMark.Dashed },
            ],
        }.ToSvg());

        double[] fine = [.. Enumerable.Range(-5000, 10001).Select(i => i / 1000.0)], tanh = new double[fine.Length];
        Twin.Gelu.Forward(fine, tanh);
        double worst = 0, at = 0;
        for (int i = 0; i < fine.Length; i++)
        {
            double difference = Math.Abs(tanh[i] - (fine[i] * NormalIntegral(fine[i])));
            if (difference > worst) (worst, at) = (difference, fine[i]);
        }

        output.Numbers("layers-activation-numbers", ("geluDifference", worst), ("geluAt", Math.Abs(at)), ("geluMaxSlope", dGelu.Max()), ("geluMinSlope", dGelu.Min()), ("siluMinimum", silu.Min()));
    }

    // Φ(x) by Simpson's rule on the density: 1e-12 is enough to judge an approximation to 1e-4.
    private static double NormalIntegral(double x)
    {
        const int Half = 200;
        double h = x / (2 * Half), sum = 0;
        for (int i = 0; i <= 2 * Half; i++) sum += (i is 0 or 2 * Half ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-i * h * i * h / 2);
        return 0.5 + (sum * h / 3 / Math.Sqrt(2 * Math.PI));
    }

    private static void Initialisation(BookOutput output)
    {
        const int Rows = 64, Width = 256, Depth = 24;
        (string Name, double Deviation, bool Gelu)[] ways =
        [
            ("standard deviation 0.02", 0.02, false), ("Xavier", Math.Sqrt(1.0 / Width), false), ("standard deviation 0.1", 0.1, false),
            ("Xavier with GELU between", Math.Sqrt(1.0 / Width), true),
        ];
        List<Curve> curves = [];
        foreach ((string name, double deviation, bool gelu) in ways)
        {
            float[] x = Single(Normal(Rows * Width, 1)), y = new float[x.Length], weight = new float[Width * Width];
            List<double> sizes = [1];
            for (int layer = 0; layer < Depth; layer++)
            {
                new Philox(Seed, PhiloxStream.Initialisation).FillUniform(0, layer, weight);
                double bound = deviation * Math.Sqrt(3); // a uniform number of (−a, a) has standard deviation a/√3
                for (int i = 0; i < weight.Length; i++) weight[i] = (float)(bound * ((2 * weight[i]) - 1));
                MatMul.Linear(Cpu.Serial, x, weight, [], Rows, Width, Width, y);
                if (gelu) Gelu.Forward(Cpu.Serial, y, y);
                (x, y) = (y, x);
                sizes.Add(Math.Sqrt(Reductions.SumOfSquares(Cpu.Serial, x) / x.Length));
            }

            curves.Add(new Curve(name, [.. Enumerable.Range(0, Depth + 1).Select(i => (double)i)], sizes));
        }

        output.Figure("layers-initialisation", new LineChart
        {
            Title = "Size of the values through 24 linear layers",
            Subtitle = "Width 256; root mean square over a batch of 64 rows, which begins at 1.",
            X = new Axis("layer"),
            Y = new Axis("root mean square", AxisScale.Log),
            Curves = curves,
        }.ToSvg());
        output.Numbers("layers-initialisation-numbers", ("width", Width), ("depth", Depth), ("small", curves[0].Y[^1]), ("xavier", curves[1].Y[^1]), ("large", curves[2].Y[^1]), ("gelu", curves[3].Y[^1]));
    }

    private static void Breaks(BookOutput output)
    {
        StringBuilder text = new();
        float[] constant = [.. Enumerable.Repeat(3000.1f, 384)], y = new float[384];
        float s = 1 / MathF.Sqrt(Chapter05Layers.OnePass(constant) + 1e-6f);
        LayerNorm.Forward(Cpu.Serial, constant, [], [], 1, 384, 1, 0, 1e-6f, y, new float[1], new float[1]);
        text.Append(CultureInfo.InvariantCulture, $"384 equal values, 3000.1\n  one-pass variance {Chapter05Layers.OnePass(constant):G4}, 1/sqrt of it with epsilon: {s:G4}\n  library: largest normalised value {y.Max(MathF.Abs):G4}\n");
        double[] two = Chapter05Layers.NormaliseBackward([1, 3], [1, 0], 0);
        text.Append(CultureInfo.InvariantCulture, $"a row of two values (1, 3)\n  dX = {two[0]:G4}, {two[1]:G4}\n");
        float[] cube = [-30f, 30f], naive = Array.ConvertAll(cube, v => 0.5f * v * (1 + ((MathF.Exp(2 * Inner(v)) - 1) / (MathF.Exp(2 * Inner(v)) + 1)))), good = new float[2];
        Gelu.Forward(Cpu.Serial, cube, good);
        text.Append(CultureInfo.InvariantCulture, $"GELU of -30 and 30\n  with tanh u = (e^2u - 1)/(e^2u + 1): {naive[0]:G4}, {naive[1]:G4}\n  library: {good[0]:G4}, {good[1]:G4}\n");
        output.Text("layers-breaks", text.ToString());

        static float Inner(float v) => MathF.Sqrt(2 / MathF.PI) * (v + (0.044715f * v * v * v));
    }
}
