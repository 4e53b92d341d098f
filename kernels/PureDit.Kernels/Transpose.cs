// Transposing a matrix into another, four by four: four loads, eight shuffles and four stores move sixteen values,
// where one at a time the stores alone would take sixteen. Only data movement, so any way of doing it gives the same bits.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

internal static unsafe class Transpose
{
    private const int Block = 4;

    /// <summary>destination[c, r] = source[r, c] for all rows and columns of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* source, nint sourceRow, int rows, int columns, float* destination, nint destinationRow)
    {
        int r = 0;
        if (Sse.IsSupported)
        {
            for (; r <= rows - Block; r += Block)
            {
                int c = 0;
                for (; c <= columns - Block; c += Block)
                {
                    Copy4x4(source + (r * sourceRow) + c, sourceRow, destination + (c * destinationRow) + r, destinationRow);
                }

                for (; c < columns; c++) CopyColumn(source + (r * sourceRow) + c, sourceRow, Block, destination + (c * destinationRow) + r);
            }
        }

        for (int c = 0; c < columns; c++) CopyColumn(source + (r * sourceRow) + c, sourceRow, rows - r, destination + (c * destinationRow) + r);
    }

    private static void CopyColumn(float* source, nint sourceRow, int rows, float* destination)
    {
        for (int r = 0; r < rows; r++) destination[r] = source[r * sourceRow];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy4x4(float* source, nint sourceRow, float* destination, nint destinationRow)
    {
        Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + sourceRow);
        Vector128<float> c = Vector128.Load(source + (2 * sourceRow)), d = Vector128.Load(source + (3 * sourceRow));
        Vector128<float> ab01 = Sse.UnpackLow(a, b), ab23 = Sse.UnpackHigh(a, b); // a0 b0 a1 b1, a2 b2 a3 b3
        Vector128<float> cd01 = Sse.UnpackLow(c, d), cd23 = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab01, cd01).Store(destination); // a0 b0 c0 d0
        Sse.MoveHighToLow(cd01, ab01).Store(destination + destinationRow); // a1 b1 c1 d1
        Sse.MoveLowToHigh(ab23, cd23).Store(destination + (2 * destinationRow));
        Sse.MoveHighToLow(cd23, ab23).Store(destination + (3 * destinationRow));
    }
}
