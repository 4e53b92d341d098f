// Names of dots, set beside them where they cover neither another dot nor another name: right, left, above, below, then the
// same a little further off. A name that fits nowhere gives way to its short form, and that to nothing: a name far from its
// dot would be read as that of another.

namespace PureDit.Reporting;

/// <summary>A name for a place in a chart.</summary>
/// <param name="X">Place on the horizontal axis.</param>
/// <param name="Y">Place on the vertical axis.</param>
/// <param name="Text">The name.</param>
/// <param name="Brief">What stands for it where there is no room, such as its number in a table; may be empty.</param>
public sealed record PointLabel(double X, double Y, string Text, string Brief = "");

internal static class PointLabels
{
    public const string Css = ".plot .small{font-size:10.5px}";

    private const double Size = 10.5, Height = 12, Dot = 4, Step = 9;
    private const int Distances = 2, MostLabels = 100;

    public static void Draw(
        SvgWriter svg, AxisMap x, AxisMap y, (double Left, double Right, double Top, double Bottom) area, IReadOnlyList<PointLabel> labels)
    {
        List<(double X, double Y, string Text, string Brief)> places = [];
        foreach (PointLabel label in labels.Take(MostLabels))
        {
            (double px, double py) = (x[label.X], y[label.Y]);
            if (double.IsFinite(px) && double.IsFinite(py) && py >= area.Top && py <= area.Bottom) places.Add((px, py, label.Text, label.Brief));
        }

        List<Box> taken = [.. places.Select(p => new Box(p.X - Dot, p.Y - Dot, p.X + Dot, p.Y + Dot))];
        foreach ((double px, double py, string text, string small) in places)
        {
            foreach (string name in (string[])[Layout.Shorten(text, 28), small])
            {
                if (name.Length == 0 || Room(px, py, Layout.TextWidth(name, Size), area, taken) is not Box box) continue;
                taken.Add(box);
                svg.Text(box.Left, box.Bottom - 3, name, "halo small");
                break;
            }
        }
    }

    private static Box? Room(
        double px, double py, double width, (double Left, double Right, double Top, double Bottom) area, List<Box> taken)
    {
        for (int distance = 0; distance < Distances; distance++)
        {
            double away = Dot + 1 + (distance * Step), middle = py - (Height / 2);
            Box[] candidates =
            [
                At(px + away, middle), At(px - away - width, middle),
                At(px - (width / 2), py - away - Height), At(px - (width / 2), py + away),
                At(px + away, py - away - Height), At(px + away, py + away),
                At(px - away - width, py - away - Height), At(px - away - width, py + away),
            ];
            foreach (Box box in candidates)
            {
                bool inside = box.Left >= area.Left && box.Right <= area.Right && box.Top >= area.Top && box.Bottom <= area.Bottom;
                if (inside && !taken.Exists(box.Overlaps)) return box;
            }
        }

        return null;

        Box At(double left, double top) => new(left, top, left + width, top + Height);
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Overlaps(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
