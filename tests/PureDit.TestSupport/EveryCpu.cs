using PureDit.Kernels;

namespace PureDit.TestSupport;

/// <summary>Runs a kernel once per vector width and number of threads, and holds all runs to the same bits.</summary>
public static class EveryCpu
{
    /// <summary>A destination that a kernel overwrites: whatever is not written stays NaN.</summary>
    public static float[] Unwritten(int length)
    {
        float[] values = new float[length];
        Array.Fill(values, float.NaN);
        return values;
    }

    /// <summary>
    /// Runs with fresh guarded copies of the destinations each time. Asserts that results are the same bits on every
    /// <see cref="Cpu"/>, that nothing outside a destination was written, and that the inputs did not change.
    /// </summary>
    /// <returns>The destinations after a run.</returns>
    public static float[][] Run(float[][] inputs, float[][] destinations, Action<Cpu, GuardedBuffer[]> kernel)
    {
        float[][] before = Array.ConvertAll(inputs, values => (float[])values.Clone());
        float[][]? first = null;
        foreach (Cpu cpu in Values.Cpus)
        {
            GuardedBuffer[] buffers = Array.ConvertAll(destinations, values => new GuardedBuffer(values));
            kernel(cpu, buffers);
            foreach (GuardedBuffer buffer in buffers) buffer.AssertCanariesIntact();
            float[][] results = Array.ConvertAll(buffers, buffer => buffer.Span.ToArray());
            first ??= results;
            for (int i = 0; i < results.Length; i++)
            {
                Near.SameBits(first[i], results[i], $"destination {i} at {cpu.Simd} with {cpu.Threads} threads, element ");
            }
        }

        for (int i = 0; i < inputs.Length; i++) Near.SameBits(before[i], inputs[i], $"input {i} (changed by the kernel), element ");
        return first!;
    }
}
