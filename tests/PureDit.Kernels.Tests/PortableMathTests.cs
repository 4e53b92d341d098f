using System.Buffers.Binary;
using System.Security.Cryptography;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>Elementary functions in double: close to the platform's, and of bits that no platform has a say in.</summary>
public class PortableMathTests
{
    private const double Ulp = 2.220446e-16; // the distance from 1 to the next double
    private const string Digest = "9E14EA80D8FA89A179604DA8FA8DC780A0AA90E608AD4DA1088375CF68C4239B";
    private const double Bound = 2 * Ulp; // ours and the platform's, each within one

    [Fact]
    public void Exp_IsThePlatforms() => Agree(-708, 709, PortableMath.Exp, Math.Exp);

    [Fact]
    public void Log_IsThePlatforms()
    {
        Agree(1e-300, 2, PortableMath.Log, Math.Log);
        Agree(0.5, 1.5, PortableMath.Log, Math.Log);
        Agree(2, 1e300, PortableMath.Log, Math.Log);
        Near.Equal(Math.Log(1e-310), PortableMath.Log(1e-310), Bound, 0);
    }

    [Fact]
    public void SinCos_AreThePlatforms()
    {
        foreach (double range in new[] { 1, 10, 1e3, 1e6 })
        {
            Agree(-range, range, x => PortableMath.SinCos(x).Sin, Math.Sin);
            Agree(-range, range, x => PortableMath.SinCos(x).Cos, Math.Cos);
        }

        Near.Equal(Math.Sin(1e9), PortableMath.SinCos(1e9).Sin, 0, 1e9 * Ulp);
    }

    [Fact]
    public void Pow_IsThePlatforms()
    {
        // e^{y·ln x}: the logarithm's error times y·ln x, which stays below 8 here
        Agree(0.01, 6, x => PortableMath.Pow(x, 1.7), x => Math.Pow(x, 1.7), 10 * Ulp);
        Agree(-6, 6, x => PortableMath.Pow(x, 3), x => Math.Pow(x, 3));
        Agree(-6, -0.1, x => PortableMath.Pow(x, -5), x => Math.Pow(x, -5), 4 * Ulp);
        Assert.Equal([1.0, 0, 1.25], [PortableMath.Pow(0, 0), PortableMath.Pow(0, 2.5), PortableMath.Pow(1.25, 1)]);
    }

    [Fact]
    public void SpecialValues()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal([1, 1, Infinity, 0, Infinity, 0, double.Epsilon], new[] { 0, -0.0, Infinity, -Infinity, 709.8, -745.2, -745.1 }.Select(PortableMath.Exp));
        Assert.Equal([0, -Infinity, -Infinity, Infinity], new[] { 1, 0, -0.0, Infinity }.Select(PortableMath.Log));
        Assert.All([-1, double.NegativeInfinity, double.NaN], x => Assert.True(double.IsNaN(PortableMath.Log(x))));
        Assert.All([Infinity, -Infinity, double.NaN], x => Assert.True(double.IsNaN(PortableMath.SinCos(x).Sin) && double.IsNaN(PortableMath.SinCos(x).Cos)));
        Assert.True(double.IsNaN(PortableMath.Exp(double.NaN)) && double.IsNegative(PortableMath.SinCos(-0.0).Sin));
        Assert.Equal((0, 1), PortableMath.SinCos(0));
    }

    // The digest was computed once; a machine where it differs computes other bits, and the promise is broken.
    [Fact]
    public void Bits_AreTheSameOnEveryPlatform()
    {
        byte[] bits = new byte[5 * 10_007 * sizeof(double)];
        for (int i = 0; i < 10_007; i++)
        {
            double x = (i - 5003) * 0.1375;
            (double sin, double cos) = PortableMath.SinCos(x);
            double[] results = [PortableMath.Exp(x), PortableMath.Log(Math.Abs(x) + 1e-3), sin, cos, PortableMath.Pow(Math.Abs(x), 0.3)];
            for (int j = 0; j < 5; j++) BinaryPrimitives.WriteDoubleLittleEndian(bits.AsSpan(((5 * i) + j) * sizeof(double)), results[j]);
        }

        string digest = Convert.ToHexString(SHA256.HashData(bits));
        Assert.True(digest == Digest, digest);
    }

    private static void Agree(double low, double high, Func<double, double> ours, Func<double, double> platforms, double bound = Bound)
    {
        for (int i = 0; i <= 100_000; i++)
        {
            double x = low + ((high - low) * i / 100_000), expected = platforms(x);
            if (!(Math.Abs(ours(x) - expected) <= bound * Math.Abs(expected))) Near.Equal(expected, ours(x), bound, 0, $"at {x:R}");
        }
    }
}
