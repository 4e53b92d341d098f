// One matrix as colour: the cells that heat maps and film strips are made of. Cells of equal colour in a row are one
// stroke, so smooth matrices stay small; the commonest colour is painted once, as the ground.

using System.Globalization;
using System.Text;

namespace PureDit.Reporting;

internal static class CellGrid
{
    /// <summary>Draws a matrix with its frame, cells averaged in blocks.</summary>
    public static void Draw(
        SvgWriter svg, HeatMapPanel panel, HeatPalette palette, int block, (double Low, double High) range, double x, double top, double cell)
    {
        if (panel.Values.Count == 0)
        {
            svg.Text(x, top + 14, "empty", "muted");
            return;
        }

        int rows = (panel.Rows + block - 1) / block, columns = (panel.Columns + block - 1) / block;
        int[] steps = new int[rows * columns];
        int[] uses = new int[ColorScale.Steps];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = ColorScale.Step(Mean(panel, block, i / columns, i % columns), range.Low, range.High);
            if (steps[i] >= 0) uses[steps[i]]++;
        }

        string place = $"translate({SvgWriter.Number(x)} {SvgWriter.Number(top)}) scale({Scale(panel.Columns * cell / columns)} {Scale(panel.Rows * cell / rows)}) translate(0 .5)";
        svg.Raw($"<g class=\"cells\" transform=\"{place}\">\n");
        int common = Array.IndexOf(uses, uses.Max()); // painted once, as the ground
        svg.Raw($"<path class=\"{ColorScale.Class(palette, common)}\" d=\"M0 {Scale((rows - 1) / 2.0)}h{columns}\" style=\"stroke-width:{rows}\"/>\n");
        StringBuilder[] paths = Runs(steps, columns, common);
        for (int step = 0; step <= ColorScale.Steps; step++)
        {
            if (paths[step] is { } path) svg.Raw($"<path class=\"{(step < ColorScale.Steps ? ColorScale.Class(palette, step) : "lost")}\" d=\"{path}\"/>\n");
        }

        svg.Raw("</g>\n");
        svg.Rectangle(x, top, panel.Columns * cell, panel.Rows * cell, "grid");
    }

    // For each step (the last: cells that are not finite) a path with one stroke per run of cells in a row.
    private static StringBuilder[] Runs(int[] steps, int columns, int ground)
    {
        StringBuilder[] paths = new StringBuilder[ColorScale.Steps + 1];
        (int X, int Y)[] pens = new (int, int)[ColorScale.Steps + 1];
        for (int i = 0, run; i < steps.Length; i += run)
        {
            (int row, int column) = (i / columns, i % columns);
            for (run = 1; column + run < columns && steps[i + run] == steps[i];) run++;
            if (steps[i] == ground) continue;
            int slot = steps[i] < 0 ? ColorScale.Steps : steps[i];
            StringBuilder path = paths[slot] ??= new StringBuilder("M0 0");
            path.Append(CultureInfo.InvariantCulture, $"m{column - pens[slot].X} {row - pens[slot].Y}h{run}");
            pens[slot] = (column + run, row);
        }

        return paths;
    }

    /// <summary>A factor in a transformation.</summary>
    public static string Scale(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static double Mean(HeatMapPanel panel, int block, int row, int column)
    {
        double sum = 0;
        int count = 0;
        for (int r = row * block; r < Math.Min(panel.Rows, (row + 1) * block); r++)
        {
            for (int c = column * block; c < Math.Min(panel.Columns, (column + 1) * block); c++, count++)
            {
                sum += panel.Values[(r * panel.Columns) + c];
            }
        }

        return sum / count;
    }
}
