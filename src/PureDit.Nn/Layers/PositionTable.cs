// Sin-cos position tables, in double and rounded once (Vaswani et al. 2017, arXiv 1706.03762, section 3.5).
//   1-D, width D:  [ sin(p·ω_0) .. sin(p·ω_{D/2−1}), cos(p·ω_0) .. cos(p·ω_{D/2−1}) ],  ω_i = 10000^{−i/(D/2)}
//   2-D, width D:  [ 1-D of the column w, width D/2 | 1-D of the row h, width D/2 ]     the published order: w before h
// Token h·G + w of a G × G grid stands at row h, column w.

using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Frozen tables that tell the tokens where they are.</summary>
public static class PositionTable
{
    private const double MaxPeriod = 10000;

    // [doc:position-table]
    /// <summary>The table of a square grid of patches.</summary>
    /// <param name="grid">Patches per side, G.</param>
    /// <param name="width">D; a multiple of 4.</param>
    /// <param name="table">[G·G, D], overwritten.</param>
    /// <exception cref="ArgumentException">The width is no multiple of 4, or the table has another length.</exception>
    public static void FillGrid(int grid, int width, Span<float> table)
    {
        if (width % 4 != 0) throw new ArgumentException($"width: expected a multiple of 4, got {width}.", nameof(width));
        CheckLength(table.Length, (long)grid * grid * width);
        for (int token = 0; token < grid * grid; token++)
        {
            Span<float> row = table.Slice(token * width, width);
            FillRow(token % grid, row[..(width / 2)]);
            FillRow(token / grid, row[(width / 2)..]);
        }
    }

    /// <summary>The table of a sequence whose frames stand at any positions, integers or not.</summary>
    /// <param name="positions">Position of every frame, F of them.</param>
    /// <param name="width">D; even.</param>
    /// <param name="table">[F, D], overwritten.</param>
    /// <exception cref="ArgumentException">The width is odd, or the table has another length.</exception>
    public static void FillSequence(ReadOnlySpan<double> positions, int width, Span<float> table)
    {
        if (width % 2 != 0) throw new ArgumentException($"width: expected an even number, got {width}.", nameof(width));
        CheckLength(table.Length, (long)positions.Length * width);
        for (int i = 0; i < positions.Length; i++) FillRow(positions[i], table.Slice(i * width, width));
    }

    private static void FillRow(double position, Span<float> row)
    {
        int half = row.Length / 2;
        for (int i = 0; i < half; i++)
        {
            (double sin, double cos) = PortableMath.SinCos(position * PortableMath.Pow(MaxPeriod, -(double)i / half));
            (row[i], row[half + i]) = ((float)sin, (float)cos);
        }
    }
    // [/doc:position-table]

    private static void CheckLength(int length, long expected)
    {
        if (length != expected) throw new ArgumentException($"table: expected {expected} values, got {length}.", nameof(length));
    }
}
