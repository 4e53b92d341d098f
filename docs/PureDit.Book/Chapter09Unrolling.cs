// Teaching code of chapter 9: the two frames of chapter 8 solved by hand, a transformer for the reader's own kernel, and
// heads that look one frame back (exercise 3).

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;

namespace PureDit.Book;

/// <summary>What someone writes who wants a transformer for a kernel.</summary>
public static class UnrolledExample
{
    // [doc:unroll-your-kernel]
    /// <summary>Writes a pure ReLU transformer for γ(h) = 1/(1 + h²), which no family of the library has.</summary>
    public static UnrolledTransformer ForMyKernel()
    {
        double[] gamma = new double[12 * 12], sigma = [1, 0.5, 0.5, 1];
        for (int i = 0; i < gamma.Length; i++) gamma[i] = 1 / (1 + Math.Pow((i / 12) - (i % 12), 2));
        GaussianSequence process = new(frames: 12, channels: 2, mean: [], gamma, sigma);

        NoiseLevel earliest = NoiseLevel.FromTime(0.1);
        int steps = UnrolledSchedule.StepsFor(UnrolledMethod.Chebyshev, process.ConditionNumber(earliest), accuracy: 1e-3);
        return new UnrolledTransformer(new TruncatedProcess(process), new UnrolledOptions
        {
            Earliest = earliest,
            Steps = steps,
            Method = UnrolledMethod.Chebyshev,
            Products = new SawtoothProducts(depth: 16),
        });
    }
    // [/doc:unroll-your-kernel]
}

/// <summary>Exercise 3: heads that tell past from future.</summary>
public static class PreviousFrame
{
    /// <summary>Slots of the exercise's token.</summary>
    public const int Value = 0, Found = 1, X = 2, Y = 3, One = 4, Width = 5;

    // [doc:require-previous-frame]
    /// <summary>The test: the layer must write the value of frame i − 1 into frame i, and 0 into the first.</summary>
    public static void Require(Func<CirclePositions, ReluAttention> layer)
    {
        const int Frames = 7;
        CirclePositions positions = new(Frames);
        double[] tokens = new double[Frames * Width];
        for (int i = 0; i < Frames; i++)
        {
            tokens[(i * Width) + Value] = 1 + (i * i);
            (tokens[(i * Width) + X], tokens[(i * Width) + Y]) = positions.At(i);
            tokens[(i * Width) + One] = 1;
        }

        layer(positions).Apply(tokens);
        for (int i = 0; i < Frames; i++)
        {
            double expected = i == 0 ? 0 : tokens[((i - 1) * Width) + Value], found = tokens[(i * Width) + Found];
            if (!(Math.Abs(found - expected) < 1e-9)) throw new InvalidOperationException($"frame {i}: expected {expected}, got {found}.");
        }
    }
    // [/doc:require-previous-frame]

    // [doc:answer-previous-frame]
    public static ReluAttention Layer(CirclePositions positions)
    {
        // Turn the query back by one frame: ⟨turned e_i, e_j⟩ = r² cos(2π(i − 1 − j)/C) is largest at j = i − 1.
        (double sin, double cos) = Math.SinCos(-2 * Math.PI / positions.Circumference);
        double[] onlyLagZero = new double[positions.Frames];
        onlyLagZero[0] = 1;
        return new ReluAttention(Width, [.. ReluExpansion.Of(KernelHeads.Trapezoids, positions, onlyLagZero).Select(t => new ReluHead(
            new WeightMatrix(3, Width, new(0, X, cos), new(0, Y, -sin), new(1, X, sin), new(1, Y, cos), new(2, One, t.Offset)),
            new WeightMatrix(3, Width, new(0, X, 1), new(1, Y, 1), new(2, One, 1)),
            new WeightMatrix(Width, Width, new Weight(Found, Value, t.Coefficient))))]);
    }
    // [/doc:answer-previous-frame]
}
