using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

/// <summary>Every misuse of a tape has an exception that says what to do.</summary>
public sealed class TapeMisuseTests
{
    private static Tape Begun(bool record = true)
    {
        Tape tape = new(Cpu.Serial, record);
        tape.Begin();
        return tape;
    }

    private static Variable Loss(Tape tape, Variable x) => tape.MeanSquaredError(x, tape.Input(x.Shape, new float[x.Shape.Count]));

    private static void Says<T>(string part, Action action) where T : Exception =>
        Assert.Contains(part, Assert.ThrowsAny<T>(action).Message, StringComparison.Ordinal);

    [Fact]
    public void VariableOfAFinishedStep_Throws()
    {
        Tape tape = Begun();
        Variable old = tape.Input(new Shape(2));
        tape.Begin();
        Variable _ = tape.Input(new Shape(2)); // takes the same place on the tape
        Says<InvalidOperationException>("step that has finished", () => old.Data.Clear());
        Says<InvalidOperationException>("step that has finished", () => tape.Gelu(old));
        Says<InvalidOperationException>("never made", () => tape.Gelu(default));
    }

    [Fact]
    public void Operations_NeedABegunStep()
    {
        Says<InvalidOperationException>("Begin()", () => new Tape(Cpu.Serial, true).Input(new Shape(2)));
        Tape tape = Begun();
        Variable x = tape.Input(new Shape(2), new float[2], needsGradient: true);
        tape.Backward(Loss(tape, x));
        Says<InvalidOperationException>("Backward has run", () => tape.Gelu(x));
    }

    [Fact]
    public void Backward_RunsOncePerStep_OnARecordingTape_FromAScalar()
    {
        Tape tape = Begun();
        Variable x = tape.Input(new Shape(2), new float[2], needsGradient: true);
        Says<ArgumentException>("scalar", () => tape.Backward(x));
        Variable loss = Loss(tape, x);
        tape.Backward(loss);
        Says<InvalidOperationException>("already run", () => tape.Backward(loss));

        Tape inference = Begun(record: false);
        Says<InvalidOperationException>("does not record", () => inference.Backward(Loss(inference, inference.Input(new Shape(2), new float[2]))));
        Tape constant = Begun();
        Says<InvalidOperationException>("depends on no parameter", () => constant.Backward(Loss(constant, constant.Input(new Shape(2), new float[2]))));
    }

    [Fact]
    public void MixingTapes_Throws()
    {
        Tape one = Begun(), other = Begun();
        Variable x = one.Input(new Shape(2)), y = other.Input(new Shape(2));
        Says<ArgumentException>("y: expected a variable of this tape", () => one.Add(x, y));
        Says<ArgumentException>("of another", () => one.Backward(y));
    }

    [Fact]
    public void Gradient_IsThatOfALeafAfterBackward()
    {
        Tape tape = Begun();
        Variable x = tape.Input(new Shape(2), new float[2], needsGradient: true), plain = tape.Input(new Shape(2), new float[2]);
        Variable unused = tape.Input(new Shape(2), new float[2], needsGradient: true), y = tape.Gelu(x);
        Says<InvalidOperationException>("Backward has not run", () => x.Gradient.Clear());
        tape.Backward(Loss(tape, y));
        Says<InvalidOperationException>("computed values", () => y.Gradient.Clear());
        Says<InvalidOperationException>("needs no gradient", () => plain.Gradient.Clear());
        Assert.Equal([0, 0], unused.Gradient.ToArray());
    }

    [Fact]
    public void ShapeMismatch_NamesExpectedAndActual()
    {
        Tape tape = Begun();
        Variable x = tape.Input(new Shape(2, 3, 5)), m = tape.Input(new Shape(2, 10)), b = tape.Input(new Shape(7));
        Says<ArgumentException>("y: expected shape [2, 3, 5], got [7]", () => tape.Add(x, b));
        Says<ArgumentException>("weight: expected shape [7, 5]", () => tape.Linear(x, tape.Input(new Shape(5, 7)), b));
        Says<ArgumentException>("weight: expected shape [7, 5]", () => tape.Linear(x, tape.Input(new Shape(35)), b));
        Says<ArgumentException>("scaleChunk: expected 0 to 1", () => tape.LayerNormModulate(x, m, 0, 2));
        Says<ArgumentException>("modulation: expected shape [2, k x 5]", () => tape.GatedAdd(x, tape.Input(new Shape(3, 5)), 0, x));
        Says<ArgumentException>("branch: expected shape [2, 3, 5]", () => tape.GatedAdd(x, m, 0, b));
        Says<ArgumentException>("qkv: expected shape [N, T, 3 x 2 heads x Dh], got [2, 3, 5]", () => tape.Attention(x, 2));
        Says<ArgumentException>("labels: expected 0 to 1", () => tape.Embedding(m, [0, 2]));
        Says<ArgumentException>("table: expected shape [T, D]", () => tape.AddPositions(x, tape.Input(new Shape(5, 3))));
        Says<ArgumentException>("x: expected shape [N, C, H, W]", () => tape.Patchify(x, 2));
        Says<ArgumentException>("x: expected shape [N, T, 1 x 1 x C]", () => tape.Unpatchify(x, 1));
        Says<ArgumentException>("values: expected 6", () => tape.Input(new Shape(2, 3), new float[5]));
    }

    [Fact]
    public void UntrainedStore_OnARecordingTape_Throws()
    {
        ParameterStore store = new();
        Parameter w = store.Add("w", new Shape(2));
        store.Seal();
        Says<InvalidOperationException>("EnableTraining", () => Begun().Use(w));
        Near.SameBits(w.Data, Begun(record: false).Use(w).Data);
    }

    [Fact]
    public void MarkOfAFinishedStep_Throws()
    {
        Tape tape = Begun(record: false);
        Variable x = tape.Input(new Shape(2));
        TapeMark mark = tape.Mark();
        tape.Begin();
        Variable y = tape.Gelu(tape.Input(new Shape(2)));
        Says<InvalidOperationException>("step that has finished", () => tape.Release(mark, y));
        TapeMark outer = tape.Mark();
        y = tape.Gelu(y);
        TapeMark inner = tape.Mark();
        y = tape.Release(outer, tape.Gelu(y));
        Assert.Equal(2, tape.Release(outer, tape.Gelu(y)).Shape.Count); // a mark serves more than once
        Says<InvalidOperationException>("released", () => tape.Release(inner, tape.Input(new Shape(2))));
    }
}
