// Teaching code of chapter 4: reverse-mode differentiation of scalars in one page, checkpoints for a chain, and the two
// truths that a gradient is held against. The library's tape is src/PureDit.Autodiff/Tape.cs; the idea is the same.

namespace PureDit.Book;

// [doc:scalar-tape]
/// <summary>A tape of scalars. A value is its position; every record keeps two inputs and two local slopes.</summary>
public sealed class ScalarTape
{
    private readonly List<(double Value, int A, double SlopeA, int B, double SlopeB)> _records = [];

    public int Count => _records.Count;

    public double this[int i] => _records[i].Value;

    public int Input(double value) => Push(value, 0, 0, 0, 0);

    public int Add(int a, int b) => Push(this[a] + this[b], a, 1, b, 1);

    public int Multiply(int a, int b) => Push(this[a] * this[b], a, this[b], b, this[a]);

    public int Silu(int a)
    {
        double sigmoid = 1 / (1 + Math.Exp(-this[a]));
        return Push(this[a] * sigmoid, a, sigmoid * (1 + (this[a] * (1 - sigmoid))), a, 0);
    }

    private int Push(double value, int a, double slopeA, int b, double slopeB)
    {
        _records.Add((value, a, slopeA, b, slopeB));
        return _records.Count - 1;
    }
    // [/doc:scalar-tape]

    // [doc:scalar-backward]
    /// <summary>The gradient of one value with respect to every value before it.</summary>
    public double[] Backward(int loss)
    {
        double[] d = new double[_records.Count];
        d[loss] = 1;
        for (int i = loss; i >= 0; i--)
        {
            (_, int a, double slopeA, int b, double slopeB) = _records[i];
            d[a] += slopeA * d[i];
            d[b] += slopeB * d[i];
        }

        return d;
    }
    // [/doc:scalar-backward]

    // [doc:scalar-backward-wrong]
    /// <summary>The classic mistake: the last path to a value overwrites the others.</summary>
    public double[] BackwardThatAssigns(int loss)
    {
        double[] d = new double[_records.Count];
        d[loss] = 1;
        for (int i = loss; i >= 0; i--)
        {
            (_, int a, double slopeA, int b, double slopeB) = _records[i];
            if (slopeA != 0) d[a] = slopeA * d[i];
            if (slopeB != 0) d[b] = slopeB * d[i];
        }

        return d;
    }
    // [/doc:scalar-backward-wrong]

    public void Clear() => _records.Clear();
}

/// <summary>A two-layer network of scalars, to compare tapes: mean over rows and outputs of (W₂·silu(W₁·x + b₁) + b₂ − y)².</summary>
public sealed record TwoLayers(int Rows, int Inputs, int Hidden, int Outputs)
{
    public int Parameters => (Hidden * Inputs) + Hidden + (Outputs * Hidden) + Outputs;

    /// <summary>Builds the loss on a tape.</summary>
    /// <returns>Position of the loss and of the first parameter; the parameters are ordered W₁, b₁, W₂, b₂.</returns>
    public (int Loss, int First) Build(ScalarTape tape, ReadOnlySpan<double> parameters, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int first = tape.Count;
        foreach (double value in parameters) tape.Input(value);
        int b1 = first + (Hidden * Inputs), w2 = b1 + Hidden, b2 = w2 + (Outputs * Hidden);
        int loss = tape.Input(0), share = tape.Input(1.0 / (Rows * Outputs));
        int[] input = new int[Inputs], hidden = new int[Hidden];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Inputs; i++) input[i] = tape.Input(x[(row * Inputs) + i]);
            for (int h = 0; h < Hidden; h++) hidden[h] = tape.Silu(Dot(tape, first + (h * Inputs), input, b1 + h));
            for (int o = 0; o < Outputs; o++)
            {
                int error = tape.Add(Dot(tape, w2 + (o * Hidden), hidden, b2 + o), tape.Input(-y[(row * Outputs) + o]));
                loss = tape.Add(loss, tape.Multiply(share, tape.Multiply(error, error)));
            }
        }

        return (loss, first);
    }

    private static int Dot(ScalarTape tape, int weights, int[] values, int bias)
    {
        int sum = bias;
        for (int i = 0; i < values.Length; i++) sum = tape.Add(sum, tape.Multiply(weights + i, values[i]));
        return sum;
    }
}

/// <summary>The chain x ← sin(x) + x, differentiated with few stored values.</summary>
public static class Checkpoints
{
    public static double Step(double x) => Math.Sin(x) + x;

    public static double Slope(double x) => Math.Cos(x) + 1;

    // [doc:checkpoints]
    /// <summary>d(last)/d(first) of a chain, storing the start of every segment and one segment at a time.</summary>
    /// <returns>The derivative, the most values held at once, and how often the step was computed.</returns>
    public static (double Derivative, int Held, int Steps) Backward(double x, int length, int segment)
    {
        List<double> starts = [];
        int steps = 0, held = 0;
        for (int i = 0; i < length; i++, x = Step(x), steps++)
        {
            if (i % segment == 0) starts.Add(x);
        }

        double d = 1;
        for (int s = starts.Count - 1; s >= 0; s--)
        {
            List<double> inside = [starts[s]];
            int end = Math.Min(segment, length - (s * segment));
            for (int i = 1; i < end; i++, steps++) inside.Add(Step(inside[^1]));
            held = Math.Max(held, s + inside.Count); // starts 0 .. s−1, and this segment
            for (int i = end - 1; i >= 0; i--) d *= Slope(inside[i]);
        }

        return (d, held, steps);
    }
    // [/doc:checkpoints]
}

/// <summary>Slopes by central differences.</summary>
public static class Differences
{
    // [doc:central-difference]
    /// <summary>The slope of f at x from two values, in double.</summary>
    public static double Central(Func<double, double> f, double x, double h)
    {
        double up = x + h, down = x - h; // as rounded: their distance is the true step
        return (f(up) - f(down)) / (up - down);
    }
    // [/doc:central-difference]

    /// <summary>The same in float.</summary>
    public static float Central(Func<float, float> f, float x, float h)
    {
        float up = x + h, down = x - h;
        return (f(up) - f(down)) / (up - down);
    }
}
