using PureDit.TestSupport;
using static PureDit.Kernels.Tests.Cases;

namespace PureDit.Kernels.Tests;

public class GateTests
{
    private const double Tolerance = 2 * Eps; // of the greatest value: a product and a sum, which may cancel
    private const double SumTolerance = 5e-6; // of the greatest value: a chain of up to 170 of them

    [Fact]
    public void Forward_EqualsReference() => Law.Holds(Modulations, AssertForward);

    [Fact]
    public void Forward_ManyRows_EqualsReference() => AssertForward(new Modulated(1009, 101, 17, 6 * 101, 1));

    [Fact]
    public void Forward_GateOfZero_IsTheIdentity() =>
        Law.Holds(Modulations, size =>
        {
            float[] x = size.Normal(0);
            Near.SameBits(x, Forward(size, x, new float[size.ChunkCount], size.Normal(1)));
        });

    [Fact]
    public void Backward_EqualsReference_AndAccumulates() => Law.Holds(Modulations, AssertBackward);

    [Fact]
    public void Backward_ManyRows_EqualsReference() => AssertBackward(new Modulated(1009, 101, 170, 6 * 101, 1));

    [Fact]
    public void Backward_EmptyDestinations_ArePassedOver()
    {
        float[] gate = Values.Normal(2 * 19, 1), branch = Values.Normal(4 * 19, 2), dY = Values.Normal(4 * 19, 3);
        float[] dX = new float[4 * 19], dGate = new float[2 * 19], dBranch = new float[4 * 19];
        Gate.Backward(Cpu.Serial, gate, branch, dY, 4, 19, 2, 19, dX, [], []);
        Near.SameBits(dY, dX);
        Gate.Backward(Cpu.Serial, gate, branch, dY, 4, 19, 2, 19, [], dGate, []);
        Gate.Backward(Cpu.Serial, gate, branch, dY, 4, 19, 2, 19, [], [], dBranch);
        Near.Equal((double)branch[0] * dY[0] + ((double)branch[19] * dY[19]), dGate[0], 8 * Eps, 8 * Eps);
        Near.Equal((double)gate[0] * dY[0], dBranch[0], Eps, 0);
    }

    [Fact]
    public void ReferenceBackward_EqualsCentralDifferences()
    {
        const int Rows = 5, Width = 7, RowsPerSample = 3, Stride = 11;
        double[] x = Values.NormalDouble(Rows * Width, 1), branch = Values.NormalDouble(Rows * Width, 2);
        double[] gate = Values.NormalDouble(Stride + Width, 3), dY = Values.NormalDouble(Rows * Width, 4);
        double[][] expected = GradientCheck.CentralDifferences(
            inputs =>
            {
                double[] y = new double[Rows * Width];
                Reference.Gate.Forward(inputs[0], inputs[1], inputs[2], Rows, Width, RowsPerSample, Stride, y);
                return y;
            },
            [x, gate, branch],
            dY);
        double[] dX = new double[x.Length], dGate = new double[gate.Length], dBranch = new double[x.Length];
        Reference.Gate.Backward(gate, branch, dY, Rows, Width, RowsPerSample, Stride, dX, dGate, dBranch);
        Near.Equal(expected[0], dX, GradientCheck.Relative, GradientCheck.Absolute, "dX");
        Near.Equal(expected[1], dGate, GradientCheck.Relative, GradientCheck.Absolute, "dGate");
        Near.Equal(expected[2], dBranch, GradientCheck.Relative, GradientCheck.Absolute, "dBranch");
    }

    private static float[] Forward(Modulated size, float[] x, float[] gate, float[] branch) =>
        EveryCpu.Run([x, gate, branch], [EveryCpu.Unwritten(x.Length)], (cpu, to) => Gate.Forward(
            cpu, x, gate, branch, size.Rows, size.Width, size.RowsPerSample, size.Stride, to[0].Span))[0];

    private static void AssertForward(Modulated size)
    {
        float[] x = size.Normal(0), branch = size.Normal(1), gate = size.Chunks(2), y = Forward(size, x, gate, branch);
        double[] expected = new double[x.Length];
        Reference.Gate.Forward(
            Near.ToDouble(x), Near.ToDouble(gate), Near.ToDouble(branch),
            size.Rows, size.Width, size.RowsPerSample, size.Stride, expected);
        Near.EqualToMaximum(expected, y, Tolerance);
    }

    private static void AssertBackward(Modulated size)
    {
        float[] gate = size.Chunks(0), branch = size.Normal(1), dY = size.Normal(2);
        float[] dX = size.Normal(3), dGate = size.Chunks(4), dBranch = size.Normal(5);
        float[][] results = EveryCpu.Run([gate, branch, dY], [dX, dGate, dBranch], (cpu, to) => Gate.Backward(
            cpu, gate, branch, dY, size.Rows, size.Width, size.RowsPerSample, size.Stride,
            to[0].Span, to[1].Span, to[2].Span));
        double[] dX64 = Near.ToDouble(dX), dGate64 = Near.ToDouble(dGate), dBranch64 = Near.ToDouble(dBranch);
        Reference.Gate.Backward(
            Near.ToDouble(gate), Near.ToDouble(branch), Near.ToDouble(dY),
            size.Rows, size.Width, size.RowsPerSample, size.Stride, dX64, dGate64, dBranch64);
        Near.EqualToMaximum(dX64, results[0], Tolerance, "dX");
        Near.EqualToMaximum(dGate64, results[1], SumTolerance, "dGate");
        Near.EqualToMaximum(dBranch64, results[2], Tolerance, "dBranch");
    }
}
