using PureDit.Autodiff;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Training.Tests;

/// <summary>
/// What a step keeps, to a few per cent: a tape's memory doubles, so the largest batch that does not make it double again
/// fills what is reserved.
/// </summary>
internal static class TapeUse
{
    /// <summary>A size that a tape's memory has on its way: the first chunk, doubled.</summary>
    public const long Reserved = sizeof(float) * (1L << 16 << 5);

    /// <summary>The largest batch whose step, forward and backward, stays within <see cref="Reserved"/>.</summary>
    public static int LargestBatch(Func<INetwork> make)
    {
        INetwork network = make();
        network.Parameters.EnableTraining();
        int within = 0, beyond = 1;
        while (Of(network, beyond) <= Reserved) (within, beyond) = (beyond, 2 * beyond);
        while (beyond - within > 1)
        {
            int middle = (within + beyond) / 2;
            if (Of(network, middle) <= Reserved) within = middle;
            else beyond = middle;
        }

        return within;
    }

    private static long Of(INetwork network, int batch)
    {
        Tape tape = new(Cpu.Serial, record: true);
        tape.Begin();
        Shape shape = network.Input.BatchShape(batch, network.Input.DataChannels);
        float[] x = Values.Normal(shape.Count, 1), t = new float[batch];
        Variable y = network.Forward(tape, tape.Input(shape, x), t);
        tape.Backward(tape.MeanSquaredError(y, tape.Input(shape, x)));
        return tape.ReservedBytes;
    }
}
