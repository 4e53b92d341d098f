using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

public class SimdMathTests
{
    private const uint Stride = 4001; // bit patterns between two arguments: a million of all 2³² floats
    private const int Batch = 4096;

    [Fact]
    public void Exp_OverAllFloats_IsWithinOneUlp()
    {
        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            double bound = Cases.HasFusedMultiplyAdd ? 1 : 1.1; // largest measured: 0.892 over all floats, and 1.03
            Assert.InRange(LargestError(new Cpu(1, simd), Exp, Math.Exp), 0, bound);
        }
    }

    [Fact]
    public void Sigmoid_OverAllFloats_IsWithinThreeUlp()
    {
        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            // e^{−x} overflows below −88.72, where the true value is below the least normal float.
            Assert.InRange(LargestError(new Cpu(1, simd), Sigmoid, x => x < -87.3 ? double.NaN : 1 / (1 + Math.Exp(-x))), 0, 3);
        }
    }

    [Fact]
    public void Exp2_WithinItsLimits_IsWithinOneUlp()
    {
        foreach (SimdLevel simd in SimdLevels.Supported)
        {
            double bound = Cases.HasFusedMultiplyAdd ? 1 : 1.2; // largest measured without: 1.11
            Assert.InRange(LargestError(new Cpu(1, simd), Exp2, x => Math.Abs(x) <= 250 ? Math.Pow(2, x) : double.NaN), 0, bound);
        }
    }

    [Fact]
    public void ExpOfNegative_IsExp_ToTheBit()
    {
        float[] x = [0, -0f, .. Values.Normal(1001, 1).Select(value => -40 * Math.Abs(value)), -1e30f, float.NegativeInfinity];
        foreach (Cpu cpu in Values.Cpus) Near.SameBits(Exp(cpu, x), ExpOfNegative(cpu, x));
        Assert.True(float.IsNaN(ExpOfNegative(Cpu.Serial, [float.NaN])[0]));
    }

    [Fact]
    public void Exp_SpecialValues()
    {
        const float Infinity = float.PositiveInfinity;
        float[] x = [0, -0f, Infinity, -Infinity, 88.72283f, 88.72284f, -103.97f, -103.98f, 1e30f, -1e30f];
        foreach (Cpu cpu in Values.Cpus)
        {
            float[] y = Exp(cpu, x);
            Assert.Equal([1f, 1f, Infinity, 0], y[..4]);
            Assert.True(float.IsFinite(y[4]));
            Assert.Equal([Infinity, float.Epsilon, 0, Infinity, 0], y[5..]);
            Assert.True(float.IsNaN(Exp(cpu, [float.NaN])[0]));
        }
    }

    private static float[] Exp(Cpu cpu, float[] x)
    {
        float[] y = new float[x.Length];
        cpu.Run(x.Length, 1, new ExpKernel(x, y));
        return y;
    }

    private static float[] ExpOfNegative(Cpu cpu, float[] x)
    {
        float[] y = new float[x.Length];
        cpu.Run(x.Length, 1, new ExpOfNegativeKernel(x, y));
        return y;
    }

    private static float[] Exp2(Cpu cpu, float[] x)
    {
        float[] y = new float[x.Length];
        cpu.Run(x.Length, 1, new Exp2Kernel(x, y));
        return y;
    }

    private static float[] Sigmoid(Cpu cpu, float[] x)
    {
        float[] y = new float[x.Length];
        cpu.Run(x.Length, 1, new SigmoidKernel(x, y));
        return y;
    }

    /// <summary>In units of the last place of the exact result; where that is NaN, nothing is asked.</summary>
    internal static double LargestError(Cpu cpu, Func<Cpu, float[], float[]> function, Func<double, double> exact)
    {
        double largest = 0;
        float[] x = new float[Batch];
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Batch * Stride)
        {
            for (uint i = 0; i < Batch; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)Math.Min(bits + (i * Stride), uint.MaxValue));
            float[] y = function(cpu, x);
            for (int i = 0; i < Batch; i++)
            {
                double expected = exact(x[i]);
                if (double.IsNaN(expected) || (float)expected == y[i]) continue;
                int exponent = Math.Max(Math.ILogB(expected), -126);
                double error = Math.Abs(y[i] - expected) / Math.ScaleB(1, exponent - 23);
                if (!(error <= largest)) largest = error;
            }
        }

        return largest;
    }

    // All lanes hold the same argument, and hence the same result: the greatest of them is that.
    private readonly struct ExpKernel(float[] x, float[] y) : IKernel
    {
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int i = begin; i < end; i++) y[i] = S.MaxLanes(SimdMath.Exp<V, S>(S.Broadcast(x[i])));
        }
    }

    private readonly struct ExpOfNegativeKernel(float[] x, float[] y) : IKernel
    {
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int i = begin; i < end; i++) y[i] = S.MaxLanes(SimdMath.ExpOfNegative<V, S>(S.Broadcast(x[i])));
        }
    }

    private readonly struct Exp2Kernel(float[] x, float[] y) : IKernel
    {
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int i = begin; i < end; i++) y[i] = S.MaxLanes(SimdMath.Exp2<V, S>(S.Broadcast(x[i])));
        }
    }

    private readonly struct SigmoidKernel(float[] x, float[] y) : IKernel
    {
        public void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int i = begin; i < end; i++) y[i] = S.MaxLanes(SimdMath.Sigmoid<V, S>(S.Broadcast(x[i])));
        }
    }
}
