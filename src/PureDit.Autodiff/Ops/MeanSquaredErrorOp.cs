// loss = 1/N · Σ_n ℓ_n,   ℓ_n = w_n · mean over the sample's values of (prediction − target)²
//   prediction, target [N, ..]; w [N], 1 where it is not given. Sums in double, the loss rounded once.
// Backward: dPrediction += dLoss · w_n · 2(prediction − target)/(N·size).  The target receives no gradient.
// Saved: prediction, target (by reference), weights (copied).

namespace PureDit.Autodiff;

/// <summary>The training loss of a diffusion model.</summary>
public static class MeanSquaredErrorOp
{
    /// <summary>Mean of the samples' weighted mean squared errors.</summary>
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="prediction">[N, ..].</param>
    /// <param name="target">Same shape; must not want a gradient.</param>
    /// <param name="weights">One weight per sample, or empty for all 1.</param>
    /// <param name="perSample">Receives the weighted loss ℓ_n of every sample, [N]; may be empty.</param>
    /// <returns>The loss, a scalar.</returns>
    /// <exception cref="ArgumentException">The shapes or lengths do not fit, or the target wants a gradient.</exception>
    public static Variable MeanSquaredError(
        this Tape tape, Variable prediction, Variable target, ReadOnlySpan<float> weights = default, Span<double> perSample = default)
    {
        Node p = tape.Resolve(prediction), t = tape.Resolve(target);
        if (p.Shape.Rank < 1 || p.Shape.Count == 0) throw ShapeError.Of(nameof(prediction), "[N, ..] with at least one value", p.Shape);
        if (t.Shape != p.Shape) throw ShapeError.Of(nameof(target), p.Shape.ToString(), t.Shape);
        if (t.NeedsGradient) throw new ArgumentException("target: expected a constant, got a variable that wants a gradient.", nameof(target));
        int samples = p.Shape[0];
        CheckLength(weights.Length, samples, nameof(weights));
        CheckLength(perSample.Length, samples, nameof(perSample));

        Node loss = tape.NewResult(default, p.NeedsGradient);
        loss.Data[0] = (float)Mean(tape, p, t, weights, perSample.IsEmpty ? tape.Doubles(samples) : perSample);
        if (loss.NeedsGradient)
        {
            MeanSquaredErrorBackward record = tape.Record<MeanSquaredErrorBackward>(loss);
            (record.Prediction, record.Target, record.Weights) = (p, t, tape.Scratch(weights.Length));
            weights.CopyTo(record.Weights.Span);
        }

        return loss.Handle;
    }

    private static double Mean(Tape tape, Node p, Node t, ReadOnlySpan<float> weights, Span<double> perSample)
    {
        int samples = p.Shape[0];
        Kernels.MeanSquaredError.Forward(tape.Cpu, p.Data, t.Data, weights, samples, p.Shape.Count / samples, perSample);
        double sum = 0;
        foreach (double sample in perSample) sum += sample;
        return sum / samples;
    }

    private static void CheckLength(int length, int samples, string name)
    {
        if (length != 0 && length != samples)
        {
            throw new ArgumentException($"{name}: expected {samples} values, one per sample, or none, got {length}.", name);
        }
    }

    private sealed class MeanSquaredErrorBackward : Operation
    {
        public Node Prediction = null!, Target = null!;
        public Memory<float> Weights;

        public override void Backward(Tape tape)
        {
            int samples = Prediction.Shape[0];
            float scale = (float)((double)Output.Gradient[0] / samples);
            Kernels.MeanSquaredError.Backward(
                tape.Cpu, Prediction.Data, Target.Data, Weights.Span, samples, Prediction.Shape.Count / samples, scale,
                tape.Gradients.ToAdd(Prediction));
        }
    }
}
