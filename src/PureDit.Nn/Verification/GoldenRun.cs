using System.Numerics.Tensors;
using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>One run of a golden's model, comparing every value with the stored one as it comes up.</summary>
internal sealed class GoldenRun(GoldenFile golden) : IActivationObserver
{
    private readonly List<GoldenComparison> _comparisons = [];

    public IReadOnlyList<GoldenComparison> Comparisons => _comparisons;

    public void Observe(string name, Variable value) =>
        Compare("activation." + name, value.Shape, value.Data, GoldenVerification.ForwardTolerance);

    // [doc:golden-verification]
    public void Training(Cpu cpu, CancellationToken cancellation)
    {
        DiT model = golden.Model;
        model.Parameters.EnableTraining();
        Tape tape = new(cpu, record: true);
        tape.Begin();
        Variable x = tape.Input(golden.Data(golden.Config.Input.DataChannels), golden.X, needsGradient: true);
        Variable target = tape.Input(golden.Data(golden.Config.OutputChannels), golden.Target);
        Variable output = model.Forward(tape, x, golden.T, golden.Labels, observer: this);
        Compare("output", output.Shape, output.Data, GoldenVerification.ForwardTolerance);
        Variable loss = tape.MeanSquaredError(output, target);
        Compare("loss", loss.Shape, loss.Data, GoldenVerification.ForwardTolerance);

        cancellation.ThrowIfCancellationRequested();
        tape.Backward(loss);
        Compare("gradient.input.x", x.Shape, x.Gradient, GoldenVerification.GradientTolerance);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            if (parameter.IsTrained) Compare("gradient." + parameter.Name, parameter.Shape, parameter.Gradient, GoldenVerification.GradientTolerance);
        }
    }
    // [/doc:golden-verification]

    public void Guidance(Cpu cpu, CancellationToken cancellation)
    {
        int n = golden.GuidedSamples;
        Shape input = golden.Config.Input.BatchShape(n, golden.Config.Input.DataChannels);
        Shape output = golden.Config.Input.BatchShape(n, golden.Config.OutputChannels);
        float[] prediction = new float[output.Count];
        Tape tape = new(cpu, record: false);
        foreach ((string name, GuidedChannels channels) in new[] { ("guided.first3", GuidedChannels.FirstThree), ("guided.all", GuidedChannels.Data) })
        {
            cancellation.ThrowIfCancellationRequested();
            golden.Model.PredictGuided(
                tape, new ReadOnlyTensorSpan<float>(golden.X.AsSpan(0, input.Count), Lengths(input)), golden.T.AsSpan(0, n),
                golden.Labels.AsSpan(0, n), GoldenVerification.GuidanceScale, channels, new TensorSpan<float>(prediction, Lengths(output)));
            Compare(name, output, prediction, GoldenVerification.ForwardTolerance);
        }
    }

    private void Compare(string name, Shape shape, ReadOnlySpan<float> actual, double tolerance)
    {
        double[] expected = golden.Expected(name, shape);
        double difference = 0, maximum = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(expected[i] - actual[i])); // Math.Max keeps a NaN
            maximum = Math.Max(maximum, Math.Abs(expected[i]));
        }

        _comparisons.Add(new GoldenComparison(name, difference, maximum, tolerance));
    }

    private static nint[] Lengths(Shape shape)
    {
        nint[] lengths = new nint[shape.Rank];
        shape.CopyTo(lengths);
        return lengths;
    }
}
