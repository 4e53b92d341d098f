using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Autodiff.Tests;

public sealed class MeanSquaredErrorTests
{
    private const double Tolerance = 1e-6; // a double sum, rounded to float once

    [Fact]
    public void Loss_IsTheMeanOfThePerSampleLosses_AndWeightsScaleThem()
    {
        float[] prediction = Values.Normal(3 * 5, 1), target = Values.Normal(3 * 5, 2), weights = [0.5f, 2, 0];
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Variable p = tape.Input(new Shape(3, 5), prediction, needsGradient: true);
        double[] perSample = new double[3];
        Variable loss = tape.MeanSquaredError(p, tape.Input(new Shape(3, 5), target), weights, perSample);
        tape.Backward(loss);
        double[] expected = new double[3], gradient = new double[15];
        for (int i = 0; i < 15; i++)
        {
            double difference = (double)prediction[i] - target[i];
            expected[i / 5] += weights[i / 5] * difference * difference / 5;
            gradient[i] = weights[i / 5] * 2 * difference / 15;
        }

        Near.Equal(expected, perSample, Tolerance, 0, "perSample");
        Near.Equal(expected.Sum() / 3, loss.Data[0], Tolerance, 0, "loss");
        Near.Equal(gradient, p.Gradient, Tolerance, 1e-9, "gradient");
        Assert.Equal(0, loss.Shape.Rank);
    }

    [Fact]
    public void Arguments_AreChecked()
    {
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Variable p = tape.Input(new Shape(3, 5), needsGradient: true), t = tape.Input(new Shape(3, 5));
        Assert.Contains("target: expected shape [3, 5], got [5, 3]", Assert.Throws<ArgumentException>(
            () => tape.MeanSquaredError(p, tape.Input(new Shape(5, 3)))).Message, StringComparison.Ordinal);
        Assert.Contains("weights: expected 3", Assert.Throws<ArgumentException>(
            () => tape.MeanSquaredError(p, t, new float[2])).Message, StringComparison.Ordinal);
        Assert.Contains("perSample: expected 3", Assert.Throws<ArgumentException>(
            () => tape.MeanSquaredError(p, t, default, new double[4])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => tape.MeanSquaredError(t, p));
        Assert.Throws<ArgumentException>(() => tape.MeanSquaredError(tape.Input(new Shape(0, 5)), tape.Input(new Shape(0, 5))));
    }
}
