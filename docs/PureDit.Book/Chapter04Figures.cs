// Experiments of chapter 4: the example by hand, the U of central differences, adjoint identities, one gradient by four
// methods, memory with and without recording, checkpoints, and the messages of a tape that is misused.

using System.Globalization;
using System.Text;
using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;

namespace PureDit.Book;

public sealed class Chapter04Figures : IChapter
{
    private const ulong Seed = 4;
    private static readonly TwoLayers s_network = new(Rows: 8, Inputs: 16, Hidden: 32, Outputs: 16);

    public string Name => "04-autodiff";

    public void Run(BookOutput output)
    {
        Hand(output);
        output.Figure("autodiff-tape", TapeDrawing());
        DifferenceSteps(output);
        Adjoints(output);
        OneGradient(output);
        Allocations(output);
        MemoryByDepth(output);
        CheckpointTable(output);
        Misuse(output);
    }

    private static double[] Normal(int count, int sample)
    {
        double[] values = new double[count];
        new Philox(Seed, PhiloxStream.Data).FillNormal(0, sample, values);
        return values;
    }

    private static float[] Single(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static void Hand(BookOutput output)
    {
        // [doc:scalar-example]
        ScalarTape tape = new();
        int x = tape.Input(2), y = tape.Input(3);
        int a = tape.Multiply(x, y), b = tape.Add(a, x), loss = tape.Multiply(b, b);
        double[] right = tape.Backward(loss), wrong = tape.BackwardThatAssigns(loss);
        // [/doc:scalar-example]
        StringBuilder text = new("value      x  y   a   b  loss\n");
        void Line(string name, Func<int, double> of) => text.Append(CultureInfo.InvariantCulture, $"{name,-9}{of(x),3}{of(y),3}{of(a),4}{of(b),4}{of(loss),6}\n");
        Line("forward", i => tape[i]);
        Line("+=", i => right[i]);
        Line("=", i => wrong[i]);
        output.Text("autodiff-hand", text.ToString());
        output.Numbers("autodiff-hand-numbers", ("right", right[x]), ("wrong", wrong[x]));
    }

    private static string TapeDrawing()
    {
        Drawing d = new("A tape with a fan-out: loss = (x·y + x)²", 236);
        (string Name, string Operation, string Value, string Gradient)[] cells =
            [("x", "input", "2", "16 + 48 = 64"), ("y", "input", "3", "32"), ("a", "x · y", "6", "16"), ("b", "a + x", "8", "16"), ("loss", "b · b", "64", "1")];
        double At(int i) => 56 + (i * 92);
        for (int i = 0; i < cells.Length; i++)
        {
            d.Box(At(i), 118, 74, 40, "box", cells[i].Name, cells[i].Operation);
            d.Text(At(i), 156, cells[i].Value, "blue").Text(At(i), 174, cells[i].Gradient, "orange");
        }

        d.Arc("arrow", At(0), 97, (At(0) + At(2)) / 2, 48, At(2) - 12, 97);
        d.Arc("arrow", At(1), 97, (At(1) + At(2)) / 2, 78, At(2) - 22, 97);
        d.Arc("arrow", At(0) - 8, 97, (At(0) + At(3)) / 2, 6, At(3), 97);
        d.Arrow("arrow", At(2) + 38, 118, At(3) - 39, 118).Arrow("arrow", At(3) + 38, 118, At(4) - 39, 118);
        d.Arrow("back", At(4), 190, At(0), 190);
        d.Text(240, 208, "backward: from the last record to the first, each adds to what it read", "orange");
        d.Text(240, 226, "values blue, gradients orange; x is read twice, so it gets two terms", "muted");
        return d.ToSvg();
    }

    private static void DifferenceSteps(BookOutput output)
    {
        const double X = 1.3;
        static double F(double x) => x / (1 + Math.Exp(-x));
        static float G(float x) => x / (1 + MathF.Exp(-x));
        double sigmoid = 1 / (1 + Math.Exp(-X)), exact = sigmoid * (1 + (X * (1 - sigmoid)));
        double sigmoidF = 1 / (1 + Math.Exp(-(double)1.3f)), exactF = sigmoidF * (1 + (1.3f * (1 - sigmoidF)));
        List<double> steps = [], inDouble = [], inFloat = [];
        for (double e = -0.5; e >= -12; e -= 0.25)
        {
            double h = Math.Pow(10, e);
            steps.Add(h);
            inDouble.Add(Math.Abs(Differences.Central(F, X, h) - exact) / exact);
            inFloat.Add(h > 2e-7 ? Math.Abs(Differences.Central(G, 1.3f, (float)h) - exactF) / exactF : double.NaN);
        }

        output.Figure("autodiff-differences", new LineChart
        {
            Title = "Error of a central difference against its step",
            Subtitle = "Slope of silu at 1.3. Large steps truncate (slope 2), small steps round (slope −1).",
            X = new Axis("step h", AxisScale.Log),
            Y = new Axis("relative error of the slope", AxisScale.Log),
            Curves = [new("in double", steps, inDouble), new("in float", steps, inFloat)],
        }.ToSvg());
        int best = inDouble.IndexOf(inDouble.Min()), bestF = inFloat.IndexOf(inFloat.Where(double.IsFinite).Min());
        output.Numbers("autodiff-differences-numbers",
            ("error", inDouble[best]), ("step", steps[best]), ("errorAt1e5", inDouble[steps.FindIndex(h => h < 1.01e-5)]),
            ("floatError", inFloat[bestF]), ("floatStep", steps[bestF]), ("floatAt1e5", inFloat[steps.FindIndex(h => h < 1.01e-5)]),
            ("ratio", inFloat[bestF] / inDouble[best]));
    }

    private static void Adjoints(BookOutput output)
    {
        float[] x = Single(Normal(2 * 3 * 4 * 4, 1)), weight = Single(Normal(5 * 12, 2)), table = Single(Normal(7 * 3, 3));
        List<object[]> rows = [];
        void Check(string name, Shape shape, float[] input, Func<Tape, Variable, Variable> map)
        {
            // [doc:adjoint-check]
            Tape tape = new(Cpu.Serial, record: true);
            tape.Begin();
            Variable source = tape.Input(shape, input.AsSpan(0, shape.Count), needsGradient: true);
            Variable image = map(tape, source);
            Variable target = tape.Input(image.Shape, Single(Normal(image.Shape.Count, 9)));
            Variable loss = tape.MeanSquaredError(image, target);
            double left = 0, right = 0;
            for (int i = 0; i < image.Data.Length; i++)
            {
                double y = 2 * ((double)image.Data[i] - target.Data[i]) / image.Data.Length; // what the loss sends back
                left += image.Data[i] * y; // <A x, y>
            }

            tape.Backward(loss);
            for (int i = 0; i < source.Data.Length; i++) right += (double)source.Data[i] * source.Gradient[i]; // <x, Aᵀ y>
            // [/doc:adjoint-check]
            rows.Add([name, left, right, Math.Abs(left - right) / Math.Abs(left)]);
        }

        Check("linear, in its input", new Shape(8, 12), x, (t, v) => t.Linear(v, t.Input(new Shape(5, 12), weight), t.Input(new Shape(5), new float[5])));
        Check("linear, in its weight", new Shape(5, 12), weight, (t, v) => t.Linear(t.Input(new Shape(8, 12), x), v, t.Input(new Shape(5), new float[5])));
        Check("embedding, in its table", new Shape(7, 3), table, (t, v) => t.Embedding(v, [0, 6, 2, 6, 6]));
        Check("patchify", new Shape(2, 3, 4, 4), x, (t, v) => t.Patchify(v, 2));
        Check("unpatchify", new Shape(2, 4, 12), x, (t, v) => t.Unpatchify(v, 2));
        output.Table("autodiff-adjoint", [new("Linear map A"), new("⟨Ax, y⟩", "G7"), new("⟨x, Aᵀy⟩", "G7"), new("Relative difference", "0.0E+0")], rows);
    }

    private static void OneGradient(BookOutput output)
    {
        double[] x = Round(Normal(s_network.Rows * s_network.Inputs, 1)), y = Round(Normal(s_network.Rows * s_network.Outputs, 2));
        double[] parameters = Round(Normal(s_network.Parameters, 3));
        for (int i = 0; i < parameters.Length; i++) parameters[i] *= 0.25;

        ScalarTape scalar = new();
        double[] exact = [];
        long scalarBytes = Bytes(() =>
        {
            scalar.Clear();
            (int loss, int first) = s_network.Build(scalar, parameters, x, y);
            exact = scalar.Backward(loss)[first..(first + s_network.Parameters)];
        });
        int records = scalar.Count;
        double[] differences = new double[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            double at = parameters[i];
            differences[i] = Differences.Central(Loss, at, 1e-5);
            parameters[i] = at;

            double Loss(double value)
            {
                parameters[i] = value;
                scalar.Clear();
                return scalar[s_network.Build(scalar, parameters, x, y).Loss];
            }
        }

        float[] gradient = new float[parameters.Length];
        (float[] xs, float[] ys, float[] ps) = (Single(x), Single(y), Single(parameters));
        Tape warm = new(Cpu.Serial, record: true);
        long freshBytes = Bytes(() => Gradient(new Tape(Cpu.Serial, record: true), xs, ys, ps, gradient));
        long warmBytes = Bytes(() => Gradient(warm, xs, ys, ps, gradient));
        int values = (s_network.Rows * (s_network.Inputs + (2 * s_network.Hidden) + (2 * s_network.Outputs))) + 1;
        int record = System.Runtime.CompilerServices.Unsafe.SizeOf<(double, int, double, int, double)>();
        output.Table("autodiff-ladder",
            [new("Rung"), new("Loss evaluations", "0"), new("Records", "0"), new("Bytes kept for backward", "0"), new("Managed bytes, warm", "0"), new("Largest error", "0.0E+0")],
            [
                ["0 central differences, double", 2 * parameters.Length, 0, 0, "not counted", Error(differences, exact)],
                ["1 scalar tape, double", 1, records, records * record, scalarBytes, "the truth here"],
                ["2 tensor tape, new every step", 1, 4, 4 * values, freshBytes, Error(Array.ConvertAll(gradient, g => (double)g), exact)],
                ["3 tensor tape, reused", 1, 4, 4 * values, warmBytes, Error(Array.ConvertAll(gradient, g => (double)g), exact)],
            ]);
        output.Numbers("autodiff-ladder-numbers", ("parameters", s_network.Parameters), ("records", records), ("record", record), ("evaluations", 2 * parameters.Length),
            ("keptRatio", (double)records * record / (4 * values)), ("warm", warmBytes));

        static double[] Round(double[] values) => Array.ConvertAll(values, v => (double)(float)v);
        static double Error(double[] actual, double[] expected) =>
            actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
    }

    // [doc:tensor-tape-example]
    private static void Gradient(Tape tape, float[] x, float[] y, float[] parameters, float[] gradient)
    {
        (int inputs, int hidden, int outputs) = (s_network.Inputs, s_network.Hidden, s_network.Outputs);
        int b1 = hidden * inputs, w2 = b1 + hidden, b2 = w2 + (outputs * hidden);
        tape.Begin();
        Variable first = tape.Input(new Shape(hidden, inputs), parameters.AsSpan(0, b1), needsGradient: true);
        Variable firstBias = tape.Input(new Shape(hidden), parameters.AsSpan(b1, hidden), needsGradient: true);
        Variable second = tape.Input(new Shape(outputs, hidden), parameters.AsSpan(w2, b2 - w2), needsGradient: true);
        Variable secondBias = tape.Input(new Shape(outputs), parameters.AsSpan(b2), needsGradient: true);

        Variable h = tape.Silu(tape.Linear(tape.Input(new Shape(s_network.Rows, inputs), x), first, firstBias));
        Variable prediction = tape.Linear(h, second, secondBias);
        tape.Backward(tape.MeanSquaredError(prediction, tape.Input(prediction.Shape, y)));

        first.Gradient.CopyTo(gradient);
        firstBias.Gradient.CopyTo(gradient.AsSpan(b1));
        second.Gradient.CopyTo(gradient.AsSpan(w2));
        secondBias.Gradient.CopyTo(gradient.AsSpan(b2));
    }
    // [/doc:tensor-tape-example]

    /// <summary>The least that one of several warm runs allocates on this thread.</summary>
    private static long Bytes(Action work)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Allocations(BookOutput output)
    {
        DiT model = new(DiTPresets.Nano(new SequenceLayout(32, 3)), Seed);
        model.Parameters.EnableTraining();
        Tape tape = new(Cpu.Serial, record: true);
        float[] x = Single(Normal(4 * 32 * 3, 1)), t = [10, 20, 30, 40];
        StringBuilder text = new("step  managed bytes  bytes held by the arena\n");
        for (int step = 1; step <= 5; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            model.Parameters.ZeroGradients();
            tape.Begin();
            Variable input = tape.Input(new Shape(4, 32, 3), x);
            tape.Backward(tape.MeanSquaredError(model.Forward(tape, input, t, []), input));
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            text.Append(CultureInfo.InvariantCulture, $"{step,4}{(bytes > 1_000_000 ? "> 1,000,000" : bytes.ToString("N0", CultureInfo.InvariantCulture)),15}{tape.ReservedBytes,25:N0}\n");
        }

        output.Text("autodiff-allocations", text.ToString());
    }

    private static void MemoryByDepth(BookOutput output)
    {
        const int Samples = 8, Frames = 64, Channels = 3;
        float[] x = Single(Normal(Samples * Frames * Channels, 1)), t = [.. Enumerable.Repeat(100f, Samples)];
        double[] depths = [1, 2, 4, 6, 8, 12, 16];
        List<double> training = [], inference = [];
        foreach (double depth in depths)
        {
            DiT model = new(new DiTConfig(new SequenceLayout(Frames, Channels), 64, (int)depth, 4), Seed);
            model.Parameters.EnableTraining();
            training.Add(Reserved(record: true));
            inference.Add(Reserved(record: false));

            double Reserved(bool record)
            {
                Tape tape = new(Cpu.Serial, record);
                tape.Begin();
                Variable input = tape.Input(new Shape(Samples, Frames, Channels), x);
                Variable y = model.Forward(tape, input, t, []);
                if (record) tape.Backward(tape.MeanSquaredError(y, input));
                return tape.ReservedBytes / 1048576.0;
            }
        }

        output.Figure("autodiff-memory", new LineChart
        {
            Title = "Memory of a step against depth",
            Subtitle = "Width 64, batch 8, 64 tokens. The arena's chunks double, which makes the stairs.",
            X = new Axis("blocks"),
            Y = new Axis("MiB that the tape has reserved") { Minimum = 0 },
            Curves = [new("training (records)", depths, training) { Mark = CurveMark.LineAndPoints }, new("inference (does not record)", depths, inference) { Mark = CurveMark.LineAndPoints }],
        }.ToSvg());
        output.Numbers("autodiff-memory-numbers", ("training1", training[0]), ("training16", training[^1]), ("inference1", inference[0]), ("inference16", inference[^1]));
    }

    private static void CheckpointTable(BookOutput output)
    {
        const int Length = 64;
        double exact = Checkpoints.Backward(0.5, Length, Length).Derivative;
        List<object[]> rows = [];
        foreach (int segment in (int[])[64, 32, 16, 8, 4, 1])
        {
            (double derivative, int held, int steps) = Checkpoints.Backward(0.5, Length, segment);
            rows.Add([segment, held, steps, derivative.Equals(exact) ? "yes" : "no"]);
        }

        output.Table("autodiff-checkpoints", [new("Segment length", "0"), new("Most values held", "0"), new("Forward steps", "0"), new("Same bits", "0")], rows);
        (double _, int best, int work) = Checkpoints.Backward(0.5, Length, 8);
        output.Numbers("autodiff-checkpoints-numbers", ("length", Length), ("held", best), ("steps", work), ("extra", (work - Length) / (double)Length));
    }

    private static void Misuse(BookOutput output)
    {
        StringBuilder text = new();
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Variable old = tape.Input(new Shape(2, 3), new float[6], needsGradient: true);
        Variable loss = tape.MeanSquaredError(old, tape.Input(old.Shape, [1f, 1, 1, 1, 1, 1]));
        tape.Backward(loss);
        Try("a second backward", () => tape.Backward(loss));
        tape.Begin();
        Try("a value of a finished step", () => tape.Gelu(old));
        Tape other = new(Cpu.Serial, record: true);
        other.Begin();
        Variable stranger = other.Input(new Shape(2, 3));
        Try("a value of another tape", () => tape.Gelu(stranger));
        Try("shapes that do not fit", () => tape.Add(tape.Input(new Shape(2, 3)), tape.Input(new Shape(3, 2))));
        output.Text("autodiff-misuse", text.ToString());

        void Try(string what, Action action)
        {
            try
            {
                action();
                text.Append(CultureInfo.InvariantCulture, $"{what}: nothing was said\n");
            }
            catch (Exception problem) when (problem is InvalidOperationException or ArgumentException)
            {
                text.Append(CultureInfo.InvariantCulture, $"{what}\n  {problem.GetType().Name}: {problem.Message}\n");
            }
        }
    }
}
