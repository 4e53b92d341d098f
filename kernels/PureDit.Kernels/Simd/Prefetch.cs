using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PureDit.Kernels;

/// <summary>
/// Fetches part of a matrix into the second-level cache, a few lines at a time between pieces of other work, so that it is
/// near when its turn comes. A hint: it reads nothing, may point anywhere, and does nothing on machines without it.
/// </summary>
internal unsafe struct Prefetch(float* start, int rows, int columns, nint rowStride)
{
    private const int Line = 16;

    private float* _row = start;
    private int _rowsLeft = rows, _column, _floatsPerStep;

    /// <summary>Divides the work over this many calls of <see cref="Step"/>.</summary>
    public void SpreadOver(int steps)
    {
        long floats = (long)_rowsLeft * columns;
        _floatsPerStep = (int)((floats + steps - 1) / Math.Max(1, steps));
    }

    public void Step()
    {
        if (!Sse.IsSupported || _rowsLeft <= 0) return;
        for (int left = _floatsPerStep; left > 0 && _rowsLeft > 0;)
        {
            int end = Math.Min(columns, _column + left);
            left -= end - _column;
            for (; _column < end; _column += Line) Sse.Prefetch1(_row + _column);
            if (_column < columns) return;
            _column = 0;
            _row += rowStride;
            _rowsLeft--;
        }
    }

    /// <summary>Fetches 48 columns of some rows into the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rows(float* start, int rows, nint rowStride)
    {
        if (!Sse.IsSupported) return;
        for (int r = 0; r < rows; r++)
        {
            Sse.Prefetch0(start);
            Sse.Prefetch0(start + Line);
            Sse.Prefetch0(start + (2 * Line));
            start += rowStride;
        }
    }
}
