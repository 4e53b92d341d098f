// The model as a function from tensors to tensors: a step of its own on a tape that does not record. Warm calls of one
// shape allocate nothing, and their memory does not grow with the depth of the model.
//
// Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598): the model runs on every sample with its label and
// with the null label, in one batch of 2·N;  guided = unconditional + scale·(conditional − unconditional).
// The published DiT guides the first three channels only ("for exact reproducibility"), which cuts through the four
// channels of its latents; the usual choice is all channels of the data. The rest of the output stays conditional.

using System.Buffers;
using System.Numerics.Tensors;
using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>Which channels of a prediction classifier-free guidance changes.</summary>
public enum GuidedChannels
{
    /// <summary>All channels of the data; a learned variance stays conditional.</summary>
    Data,

    /// <summary>The first three channels of the output, as in the published code.</summary>
    FirstThree,
}

/// <summary>Predictions of a model, tensors in and tensors out.</summary>
public static class DiTInference
{
    /// <summary>Predicts from noisy data; begins a step on the tape.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tape">A tape that does not record.</param>
    /// <param name="x">Noisy data, [N, C, S, S] or [N, F, C].</param>
    /// <param name="t">Diffusion time of every sample, [N].</param>
    /// <param name="labels">Label of every sample, [N]; empty without classes.</param>
    /// <param name="prediction">Receives the prediction; x's shape with the output's channels.</param>
    /// <exception cref="ArgumentException">A shape, a length or a label does not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records.</exception>
    public static void Predict(
        this DiT model, Tape tape, in ReadOnlyTensorSpan<float> x, ReadOnlySpan<float> t, ReadOnlySpan<int> labels,
        in TensorSpan<float> prediction)
    {
        Begin(tape);
        Variable y = model.Forward(tape, tape.Input(x), t, labels);
        CheckShape(y.Shape, prediction.Lengths);
        y.AsTensorSpan().CopyTo(prediction);
    }

    // [doc:classifier-free-guidance]
    /// <summary>Predicts with classifier-free guidance; begins a step on the tape.</summary>
    /// <param name="model">A model with classes, trained with label dropout.</param>
    /// <param name="tape">A tape that does not record.</param>
    /// <param name="x">Noisy data, [N, C, S, S] or [N, F, C].</param>
    /// <param name="t">Diffusion time of every sample, [N].</param>
    /// <param name="labels">Label of every sample, [N].</param>
    /// <param name="scale">1 for the conditional prediction, 0 for the unconditional one, above 1 to guide.</param>
    /// <param name="channels">Which channels are guided.</param>
    /// <param name="prediction">Receives the prediction; x's shape with the output's channels.</param>
    /// <exception cref="ArgumentException">The model has no classes, or a shape, a length or a label does not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records.</exception>
    public static void PredictGuided(
        this DiT model, Tape tape, in ReadOnlyTensorSpan<float> x, ReadOnlySpan<float> t, ReadOnlySpan<int> labels,
        float scale, GuidedChannels channels, in TensorSpan<float> prediction)
    {
        Begin(tape);
        if (model.Config.Classes == 0) throw new ArgumentException("model: expected one with classes, got one without.", nameof(model));
        Variable once = tape.Input(x);
        int n = t.Length;
        if (labels.Length != n || once.Shape.Rank == 0 || once.Shape[0] != n)
        {
            throw new ArgumentException($"labels: expected {n} labels and samples, one per time, got {labels.Length} and x {once.Shape}.", nameof(labels));
        }

        Variable twice = tape.Input(model.Config.Input.BatchShape(2 * n, model.Config.Input.DataChannels));
        if (twice.Shape.Count != 2L * once.Shape.Count)
        {
            throw new ArgumentException($"x: expected shape {model.Config.Input.BatchShape(n, model.Config.Input.DataChannels)}, got {once.Shape}.", nameof(x));
        }

        once.Data.CopyTo(twice.Data);
        once.Data.CopyTo(twice.Data[once.Shape.Count..]);
        float[] times = ArrayPool<float>.Shared.Rent(2 * n);
        int[] classes = ArrayPool<int>.Shared.Rent(2 * n);
        t.CopyTo(times);
        t.CopyTo(times.AsSpan(n));
        labels.CopyTo(classes);
        classes.AsSpan(n, n).Fill(model.Config.NullLabel);
        Variable y = model.Forward(tape, twice, times.AsSpan(0, 2 * n), classes.AsSpan(0, 2 * n));
        ArrayPool<float>.Shared.Return(times);
        ArrayPool<int>.Shared.Return(classes);

        int guided = channels == GuidedChannels.Data ? model.Config.Input.DataChannels : Math.Min(3, model.Config.OutputChannels);
        Guide(model.Config, y.Data, scale, guided);
        Variable result = tape.Input(model.Config.Input.BatchShape(n, model.Config.OutputChannels), y.Data[..(y.Data.Length / 2)]);
        CheckShape(result.Shape, prediction.Lengths);
        result.AsTensorSpan().CopyTo(prediction);
    }

    /// <summary>Guides the first half of a batch, in place, away from the second.</summary>
    private static void Guide(DiTConfig config, Span<float> both, float scale, int guided)
    {
        Span<float> conditional = both[..(both.Length / 2)];
        ReadOnlySpan<float> unconditional = both[(both.Length / 2)..];
        int inner = config.Input is ImageLayout image ? image.Size * image.Size : 1; // values between two channels
        for (int i = 0; i < conditional.Length; i++)
        {
            if (i / inner % config.OutputChannels >= guided) continue;
            conditional[i] = unconditional[i] + (scale * (conditional[i] - unconditional[i]));
        }
    }
    // [/doc:classifier-free-guidance]

    private static void Begin(Tape tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (tape.IsRecording) throw new InvalidOperationException("This tape records: create it with record: false for inference.");
        tape.Begin();
    }

    private static void CheckShape(Shape shape, ReadOnlySpan<nint> lengths)
    {
        Span<nint> expected = stackalloc nint[Shape.MaxRank];
        shape.CopyTo(expected);
        if (!lengths.SequenceEqual(expected[..shape.Rank]))
        {
            throw new ArgumentException($"prediction: expected shape {shape}, got [{string.Join(", ", lengths.ToArray())}].", nameof(lengths));
        }
    }
}
