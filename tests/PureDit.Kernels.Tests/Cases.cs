using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;

namespace PureDit.Kernels.Tests;

/// <summary>Random sizes and seeds that many kernels' laws share.</summary>
internal static class Cases
{
    public const double Eps = 1.1920929e-7; // 2⁻²³, the distance from 1 to the next float

    /// <summary>Enough elements, and odd enough, for every thread to have a range of its own.</summary>
    public const int ManyElements = 100_003;

    /// <summary>Whether the machine multiplies and adds with one rounding; without, kernels are held to looser bounds.</summary>
    public static bool HasFusedMultiplyAdd { get; } = Fma.IsSupported || AdvSimd.IsSupported;

    public static Gen<int> Seed { get; } = Gen.Choose(0, int.MaxValue);

    public static Gen<Vector> Vectors { get; } =
        from length in Values.Length
        from seed in Seed
        select new Vector(length, seed);

    public static Gen<Matrix> Matrices { get; } =
        from rows in Gen.Choose(0, 7)
        from columns in Values.Length
        from seed in Seed
        select new Matrix(rows, columns, seed);

    /// <summary>Rows in samples, each with its chunk of a wider matrix.</summary>
    public static Gen<Modulated> Modulations { get; } =
        from rows in Gen.Choose(0, 9)
        from width in Values.Length.Where(width => width > 0)
        from rowsPerSample in Gen.Choose(1, 10)
        from gap in Gen.Elements(0, 1, 29)
        from seed in Seed
        select new Modulated(rows, width, rowsPerSample, width + gap, seed);

    public sealed record Vector(int Length, int Seed)
    {
        public float[] Normal(int number, float scale = 1) =>
            Array.ConvertAll(Values.Normal(Length, unchecked(Seed + number)), x => scale * x);
    }

    public sealed record Matrix(int Rows, int Columns, int Seed)
    {
        public int Count => Rows * Columns;

        public float[] Normal(int number, float scale = 1) => new Vector(Count, Seed).Normal(number, scale);
    }

    public sealed record Modulated(int Rows, int Width, int RowsPerSample, int Stride, int Seed)
    {
        public int Count => Rows * Width;

        public int Samples => (Rows + RowsPerSample - 1) / RowsPerSample;

        /// <summary>As short as the chunks may be: nothing after the last one.</summary>
        public int ChunkCount => Samples == 0 ? 0 : ((Samples - 1) * Stride) + Width;

        public float[] Normal(int number) => new Vector(Count, Seed).Normal(number);

        public float[] Chunks(int number) => new Vector(ChunkCount, Seed).Normal(number);
    }
}
