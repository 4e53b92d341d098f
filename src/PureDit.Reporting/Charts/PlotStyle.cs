// Colours and type of every chart, for light and for dark (prefers-color-scheme, which also holds for an SVG shown as
// an image). The five colours were chosen so that any two, and the ink, stay apart under simulated protanopia,
// deuteranopia and tritanopia (Machado et al. 2009) and stand out from the surface by 3:1; tests measure both.
// Plain class rules instead of custom properties: some image viewers know the former only.

using System.Globalization;
using System.Text;

namespace PureDit.Reporting;

internal sealed record PlotTheme(string Surface, string Ink, string Muted, string Grid, string[] Colors)
{
    public static PlotTheme Light { get; } = new("#ffffff", "#1b2027", "#5b6570", "#e4e7eb",
        ["#578de5", "#c34619", "#288560", "#922b75", "#bd850f"]);

    public static PlotTheme Dark { get; } = new("#151a21", "#e6eaef", "#9aa4af", "#2b323b",
        ["#5a8ff3", "#f96222", "#12d1a8", "#b766a3", "#f8c319"]);
}

internal static class PlotStyle
{
    /// <summary>Style sheet of a chart. A colour is set as <c>color</c> and used as <c>currentColor</c>.</summary>
    public static string Css { get; } = Build();

    public static int Colors => PlotTheme.Light.Colors.Length;

    /// <summary>Class of a colour; the automatic one depends on how many came before.</summary>
    public static string Class(PlotColor color, int index = 0) => color switch
    {
        PlotColor.Automatic => "c" + (index % Colors).ToString(CultureInfo.InvariantCulture),
        PlotColor.Ink => "ink",
        PlotColor.Muted => "soft",
        _ => "c" + ((int)color - (int)PlotColor.Blue).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The same rules for light and, under a media query, for dark.</summary>
    public static string ForBoth(Func<PlotTheme, string> rules) =>
        rules(PlotTheme.Light) + "\n@media (prefers-color-scheme:dark){" + rules(PlotTheme.Dark) + "}\n";

    private static string Build() =>
        """

        .plot{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif}
        .plot .title{font-size:15px;font-weight:600}
        .plot .line{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .plot .line.soft{stroke-opacity:.5}
        .plot .thin{stroke-width:1.2}
        .plot .dash{stroke-dasharray:5 4}
        .plot .dots{fill:none;stroke:currentColor;stroke-width:5;stroke-linecap:round}
        .plot .band{fill:currentColor;fill-opacity:.18;stroke:none}
        .plot .bar{fill:currentColor}
        .plot .rule{fill:none;stroke-width:1.3;stroke-dasharray:2 3}
        .plot .halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}

        """
        + ForBoth(Rules);

    private static string Rules(PlotTheme theme)
    {
        StringBuilder css = new();
        css.Append(CultureInfo.InvariantCulture, $".plot{{color:{theme.Ink}}}.plot .surface{{fill:{theme.Surface}}}");
        css.Append(CultureInfo.InvariantCulture, $".plot text{{fill:{theme.Ink}}}.plot .muted{{fill:{theme.Muted}}}");
        css.Append(CultureInfo.InvariantCulture, $".plot .grid{{stroke:{theme.Grid};fill:none}}.plot .rule{{stroke:{theme.Ink}}}");
        css.Append(CultureInfo.InvariantCulture, $".plot .halo{{stroke:{theme.Surface}}}.plot .soft{{color:{theme.Muted}}}");
        for (int i = 0; i < theme.Colors.Length; i++) css.Append(CultureInfo.InvariantCulture, $".plot .c{i}{{color:{theme.Colors[i]}}}");
        return css.ToString();
    }
}
