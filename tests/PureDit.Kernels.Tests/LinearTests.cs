using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class LinearTests
{
    private sealed record Case(int Rows, int Inputs, int Outputs, int Seed)
    {
        public float[] X => Values.Normal(Rows * Inputs, Seed);

        public float[] Weight => Values.Normal(Outputs * Inputs, Seed + 1);

        public float[] Bias => Values.Normal(Outputs, Seed + 2);
    }

    // Rows on and around tiles of 8 and 4, outputs on and around panels of 48, 32 and 16.
    private static readonly Gen<Case> Cases =
        from rows in Gen.Frequency((3, Gen.Choose(0, 20)), (1, Gen.Elements(24, 48, 51, 97)))
        from inputs in Gen.Frequency((3, Gen.Choose(0, 20)), (1, Gen.Elements(64, 129, 769, 800)))
        from outputs in Gen.Frequency((2, Gen.Choose(0, 20)), (2, Gen.Elements(31, 32, 48, 63, 64, 65, 96, 112, 128, 160, 211)))
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(rows, inputs, outputs, seed);

    private static float[] Linear(Cpu cpu, Case x)
    {
        float[] y = new float[x.Rows * x.Outputs];
        MatMul.Linear(cpu, x.X, x.Weight, x.Bias, x.Rows, x.Inputs, x.Outputs, y);
        return y;
    }

    private static float[] Packed(Case x)
    {
        float[] panels = new float[MatMul.PackedLength(x.Inputs, x.Outputs)];
        MatMul.PackWeights(Cpu.Serial, x.Weight, x.Inputs, x.Outputs, panels);
        return panels;
    }

    [Fact]
    public void Linear_OfPackedWeights_HasTheSameBits() => Law.Holds(Cases, x =>
    {
        float[] expected = Linear(Cpu.Serial, x), panels = Packed(x);
        foreach (Cpu cpu in Values.Cpus)
        {
            GuardedBuffer y = new(x.Rows * x.Outputs);
            MatMul.Linear(cpu, x.X, panels, x.Bias, x.Rows, x.Inputs, x.Outputs, y.Span, WeightLayout.Panels);
            y.AssertCanariesIntact();
            Near.SameBits(expected, y.Span, $"y at {cpu.Simd} on {cpu.Threads} threads");
        }
    });

    [Fact]
    public void LinearGelu_IsLinearThenGelu_ToTheBit() => Law.Holds(Cases, x =>
    {
        float[] before = Linear(Cpu.Serial, x), expected = new float[before.Length], panels = Packed(x);
        Gelu.Forward(Cpu.Serial, before, expected);
        foreach (Cpu cpu in Values.Cpus)
        {
            GuardedBuffer u = new(before.Length), y = new(before.Length);
            MatMul.LinearGelu(cpu, x.X, x.Weight, x.Bias, x.Rows, x.Inputs, x.Outputs, u.Span, y.Span);
            u.AssertCanariesIntact();
            y.AssertCanariesIntact();
            Near.SameBits(before, u.Span, "the values before GELU");
            Near.SameBits(expected, y.Span, "y");
            MatMul.LinearGelu(cpu, x.X, panels, x.Bias, x.Rows, x.Inputs, x.Outputs, [], y.Span, WeightLayout.Panels);
            Near.SameBits(expected, y.Span, "y without the values before GELU");
        }
    });

    [Fact]
    public void LinearGated_IsLinearThenGate_ToTheBit() => Law.Holds(Cases, x =>
    {
        int rowsPerSample = 3, stride = (2 * x.Outputs) + 5, samples = (x.Rows + rowsPerSample - 1) / rowsPerSample;
        float[] branch = Linear(Cpu.Serial, x), residual = Values.Normal(branch.Length, x.Seed + 3), expected = new float[branch.Length];
        float[] gate = Values.Normal(samples * stride, x.Seed + 4), panels = Packed(x);
        Gate.Forward(Cpu.Serial, residual, gate, branch, x.Rows, x.Outputs, rowsPerSample, stride, expected);
        foreach (Cpu cpu in Values.Cpus)
        {
            GuardedBuffer b = new(branch.Length), y = new(branch.Length);
            MatMul.LinearGated(cpu, x.X, x.Weight, x.Bias, x.Rows, x.Inputs, x.Outputs, residual, gate, rowsPerSample, stride, b.Span, y.Span);
            b.AssertCanariesIntact();
            y.AssertCanariesIntact();
            Near.SameBits(branch, b.Span, "the branch");
            Near.SameBits(expected, y.Span, "y");
            MatMul.LinearGated(
                cpu, x.X, panels, x.Bias, x.Rows, x.Inputs, x.Outputs, residual, gate, rowsPerSample, stride, [], y.Span, WeightLayout.Panels);
            Near.SameBits(expected, y.Span, "y without the branch");
        }
    });

    [Fact]
    public void Linear_OfManyBlocksOfColumns_HasTheSameBitsPackedOrNot()
    {
        // More columns than one block holds, with a rest of 64 = 32 + 32 behind whole panels of 48.
        Case x = new(Rows: 41, Inputs: 800, Outputs: (9 * 48) + 64, Seed: 7);
        float[] expected = Linear(Cpu.Serial, x), y = new float[expected.Length];
        foreach (Cpu cpu in Values.Cpus)
        {
            MatMul.Linear(cpu, x.X, Packed(x), x.Bias, x.Rows, x.Inputs, x.Outputs, y, WeightLayout.Panels);
            Near.SameBits(expected, y, $"y at {cpu.Simd} on {cpu.Threads} threads");
        }
    }

    [Fact]
    public void GeluBackwardInPlace_IsBackwardIntoZeros_ToTheBit() => Law.Holds(
        from length in Gen.Choose(0, 70) from seed in Gen.Choose(0, 1_000_000) select (length, seed),
        s =>
        {
            float[] x = Values.Normal(s.length, s.seed), dY = Values.Normal(s.length, s.seed + 1), expected = new float[s.length];
            Gelu.Backward(Cpu.Serial, x, dY, expected);
            foreach (Cpu cpu in Values.Cpus)
            {
                float[] gradient = [.. dY];
                Gelu.BackwardInPlace(cpu, x, gradient);
                Near.SameBits(expected, gradient);
            }
        });
}
