using FsCheck;
using FsCheck.Fluent;
using PureDit.Kernels;

namespace PureDit.TestSupport;

/// <summary>Generators and seeded arrays shared by the tests.</summary>
public static class Values
{
    /// <summary>Lengths on and around every vector width, 0 and 1 included.</summary>
    public static readonly int[] EdgeLengths =
        [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129, 255, 256, 257];

    public static Gen<int> Length { get; } = Gen.Frequency(
        (2, Gen.Elements(EdgeLengths)),
        (1, Gen.Choose(0, 300)));

    public static Gen<int> Small { get; } = Gen.Choose(1, 23);

    /// <summary>Every way of running on this machine: each width on 1, 2 and 3 threads.</summary>
    public static IEnumerable<Cpu> Cpus =>
        from simd in SimdLevels.Supported from threads in new[] { 1, 2, 3 } select new Cpu(threads, simd);

    /// <summary>Standard normal values, the same for the same seed on every machine.</summary>
    public static float[] Normal(int length, int seed) => Array.ConvertAll(NormalDouble(length, seed), x => (float)x);

    public static double[] NormalDouble(int length, int seed)
    {
        Random random = new(seed); // seeded: System.Random with a seed is specified to repeat
        double[] values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        return values;
    }

    /// <summary>Small integers as floats: sums and products of them are exact.</summary>
    public static float[] Integers(int length, int seed)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = random.Next(-9, 10);
        return values;
    }
}
