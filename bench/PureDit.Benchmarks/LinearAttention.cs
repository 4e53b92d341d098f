// Exact against polynomial attention, side by side in one run:   dotnet run -c Release --project bench/PureDit.Benchmarks -- --linear
// Queries and keys are uniform on spheres, so that R is what the table says. Exact attention of more than 16384 tokens is timed on
// 8192 and scaled by the square of the length, which its other rows show to be right; such rows say so.

using System.Diagnostics;
using System.Globalization;
using PureDit.Kernels;

namespace PureDit.Benchmarks;

/// <summary>Times of exact and polynomial attention by length, head size and error, with the measured crossover.</summary>
internal static class LinearAttention
{
    private const int LongestExact = 16384, Scaled = 8192;
    private static readonly (int HeadSize, double Radius, double Error)[] s_cases = [(4, 1, 1e-3), (8, 1, 1e-2), (2, 1, 1e-3), (8, 1, 1e-3)];
    private static readonly int[] s_lengths = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

    /// <summary>Prints one table per head size.</summary>
    public static int Run(int threads, TextWriter output)
    {
        Cpu cpu = new(threads);
        foreach ((int headSize, double radius, double error) in s_cases) Table(cpu, headSize, radius, error, output);
        return 0;
    }

    private static void Table(Cpu cpu, int headSize, double radius, double error, TextWriter output)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        AttentionRequest request = new(error, AttentionMode.Polynomial);
        output.WriteLine(string.Create(culture, $"d = {headSize}, R = {radius}, error {error}, one head, {cpu.Threads} threads, {cpu.Simd}; times in ms"));
        output.WriteLine("     L  g     r  exact fwd  poly fwd  x  exact fwd+bwd  poly fwd+bwd  x  predicted");
        foreach (int length in s_lengths)
        {
            AttentionShape shape = new(1, length, 1, headSize), small = shape with { Tokens = length > LongestExact ? Scaled : length };
            float[] qkv = OnSpheres(shape, radius), dO = Normal(shape.OutputLength, 9), o = new float[dO.Length], statistics = new float[length];
            float[] dQkv = new float[qkv.Length];
            AttentionPlan plan = AttentionPlan.Measure(cpu, shape, qkv, request);
            double ratio = (double)length / small.Tokens, square = ratio * ratio;
            double exact = square * Time(() => Attention.Forward(cpu, small, qkv, o, statistics));
            double exactBackward = square * Time(() => Attention.Backward(cpu, small, qkv, o, statistics, dO, dQkv));
            double polynomial = Time(() => PolynomialAttention.Forward(cpu, plan, qkv, o, []));
            double polynomialBackward = Time(() => PolynomialAttention.Backward(cpu, plan, qkv, o, [], dO, dQkv));
            output.WriteLine(string.Create(
                culture,
                $"{length,6} {plan.Degree,2} {plan.Features,5} {exact,10:F3} {polynomial,9:F3} {exact / polynomial,6:F2} {exact + exactBackward,10:F3} {polynomial + polynomialBackward,9:F3} {(exact + exactBackward) / (polynomial + polynomialBackward),6:F2} {plan.PredictedSpeedup,8:F2}{(ratio > 1 ? "  exact scaled" : "")}"));
        }
    }

    // The shortest of several turns: what interrupts a run only ever makes it longer.
    private static double Time(Action run)
    {
        double least = double.PositiveInfinity, total = 0;
        for (int turn = 0; turn < 3 || (turn < 300 && total < 50); turn++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            least = Math.Min(least, elapsed);
            total += elapsed;
        }

        return least;
    }

    private static float[] OnSpheres(AttentionShape shape, double radius)
    {
        float[] qkv = Normal(shape.QkvLength, 7);
        double size = Math.Sqrt(radius * Math.Sqrt(shape.HeadSize)) * (1 - 1e-6);
        for (int row = 0; row < qkv.Length; row += shape.HeadSize)
        {
            if (row / shape.Width % 3 == 2) continue;
            Span<float> x = qkv.AsSpan(row, shape.HeadSize);
            double norm = 0;
            foreach (float v in x) norm += (double)v * v;
            for (int i = 0; i < x.Length; i++) x[i] = (float)(x[i] * size / Math.Sqrt(norm));
        }

        return qkv;
    }

    private static float[] Normal(int length, int seed)
    {
        float[] values = new float[length];
        new Philox((ulong)seed, PhiloxStream.Data).FillNormal(0, 0, values);
        return values;
    }
}
