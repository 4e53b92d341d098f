using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

/// <summary>
/// One call checks an operation: its values and all its gradients against a naive double reference, on every way of
/// running. The loss is the mean squared distance to a random target, so every output value has a gradient of its own.
/// </summary>
public static class OpCheck
{
    private const double ForwardFraction = 1e-5; // of the largest value: float sums of up to a few hundred terms
    private const double GradientFraction = 5e-5; // of the largest gradient: one more chain of the same kind

    public delegate Variable Build(Tape tape, Variable[] inputs);

    /// <param name="build">The operation.</param>
    /// <param name="reference">The same from double inputs, output flattened.</param>
    /// <param name="shapes">Shapes of the inputs, filled with normal values.</param>
    public static void Matches(Build build, Func<double[][], double[]> reference, params Shape[] shapes)
    {
        float[][] inputs = shapes.Select((s, i) => Values.Normal(s.Count, 31 + i)).ToArray();
        double[][] wide = inputs.Select(x => Near.ToDouble(x)).ToArray();
        double[] expected = reference(wide);
        float[] target = Values.Normal(expected.Length, 997);
        foreach (Cpu cpu in Values.Cpus)
        {
            Tape tape = new(cpu, record: true, new Arena(poison: true));
            tape.Begin();
            Variable[] variables = shapes.Select((s, i) => tape.Input(s, inputs[i], needsGradient: true)).ToArray();
            Variable y = build(tape, variables);
            Near.EqualToMaximum(expected, y.Data, ForwardFraction, "forward");
            tape.Backward(tape.MeanSquaredError(y, tape.Input(y.Shape, target)));
            for (int k = 0; k < shapes.Length; k++)
            {
                double[] gradient = GradientCheck.CentralDifferences(x => Loss(reference, wide, k, x, target), wide[k]);
                Near.EqualToMaximum(gradient, variables[k].Gradient, GradientFraction, $"gradient of input {k}");
                Assert.Equal(inputs[k], variables[k].Data.ToArray()); // inputs unchanged
            }
        }
    }

    /// <summary>⟨A·x, w⟩ = ⟨x, Aᵀ·w⟩ for a linear operation A, with w the gradient that reaches its output.</summary>
    public static void IsAdjoint(Build linear, Shape shape)
    {
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Variable x = tape.Input(shape, Values.Normal(shape.Count, 3), needsGradient: true);
        Variable y = linear(tape, [x]);
        float[] target = Values.Normal(y.Shape.Count, 4);
        tape.Backward(tape.MeanSquaredError(y, tape.Input(y.Shape, target)));
        double left = 0, right = 0, size = y.Shape.Count;
        for (int i = 0; i < size; i++) left += y.Data[i] * 2 * ((double)y.Data[i] - target[i]) / size;
        for (int i = 0; i < shape.Count; i++) right += (double)x.Data[i] * x.Gradient[i];
        Near.Equal(left, right, 1e-5, 1e-6, "adjoint"); // one float rounding per value on both sides
    }

    private static double Loss(Func<double[][], double[]> reference, double[][] inputs, int which, double[] value, float[] target)
    {
        double[][] moved = (double[][])inputs.Clone();
        moved[which] = value;
        double[] y = reference(moved);
        double sum = 0;
        for (int i = 0; i < y.Length; i++) sum += (y[i] - target[i]) * (y[i] - target[i]);
        return sum / y.Length;
    }
}
