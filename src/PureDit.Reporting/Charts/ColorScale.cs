// Colour against value for heat maps: 31 steps, shown as steps in the colour bar, each a class with a colour for light
// and one for dark. Diverging scales are symmetric about 0, whose colour is close to the page's. Colours between the
// anchors are mixed in Oklab (Ottosson 2020), in which equal steps look about equally large.

using System.Globalization;
using System.Text;

namespace PureDit.Reporting;

/// <summary>Colours of a heat map.</summary>
public enum HeatPalette
{
    /// <summary>Blue below 0, orange above, symmetric about 0.</summary>
    Diverging,

    /// <summary>From the page's colour to blue.</summary>
    Sequential,
}

internal static class ColorScale
{
    public const int Steps = 31; // odd: a diverging scale has a step for 0

    private static readonly string[] s_divergingLight = ["#0b3d78", "#3f86cc", "#f4f4f2", "#e0823a", "#7d2e05"];
    private static readonly string[] s_divergingDark = ["#a5d0fb", "#3f82c4", "#20262e", "#c4682b", "#fcc59b"];
    private static readonly string[] s_sequentialLight = ["#f2f5f8", "#9cc3e8", "#3f86cc", "#134e8f", "#08264d"];
    private static readonly string[] s_sequentialDark = ["#1c222a", "#1f4f80", "#3f86cc", "#8fc2f3", "#e3f1ff"];

    /// <summary>Class of a palette's step; charts on one page share their style rules, so each palette has its own.</summary>
    public static string Class(HeatPalette palette, int step) => (palette == HeatPalette.Diverging ? "d" : "s") + step.ToString(CultureInfo.InvariantCulture);

    /// <summary>Rules for a palette's classes, as a stroke's colour.</summary>
    public static string Css(HeatPalette palette) => PlotStyle.ForBoth(theme =>
    {
        bool dark = ReferenceEquals(theme, PlotTheme.Dark);
        string[] anchors = palette == HeatPalette.Diverging
            ? dark ? s_divergingDark : s_divergingLight
            : dark ? s_sequentialDark : s_sequentialLight;
        StringBuilder css = new();
        for (int step = 0; step < Steps; step++)
        {
            css.Append(CultureInfo.InvariantCulture, $".plot .{Class(palette, step)}{{stroke:{Mix(anchors, step / (Steps - 1.0))}}}");
        }

        return css.ToString();
    }) + ".plot .cells{fill:none;stroke-width:1;shape-rendering:crispEdges}.plot .lost{stroke:#8b939c}\n";

    /// <summary>The step of a value between two ends; −1 for a value that is not finite.</summary>
    public static int Step(double value, double low, double high)
    {
        if (!double.IsFinite(value)) return -1;
        double share = (Math.Clamp(value, low, high) - low) / (high - low);
        return Math.Clamp((int)Math.Round(share * (Steps - 1)), 0, Steps - 1);
    }

    private static string Mix(string[] anchors, double share)
    {
        double place = share * (anchors.Length - 1);
        int first = Math.Min((int)place, anchors.Length - 2);
        (double l0, double a0, double b0) = Oklab.FromHex(anchors[first]);
        (double l1, double a1, double b1) = Oklab.FromHex(anchors[first + 1]);
        double w = place - first;
        return Oklab.ToHex(l0 + (w * (l1 - l0)), a0 + (w * (a1 - a0)), b0 + (w * (b1 - b0)));
    }
}
