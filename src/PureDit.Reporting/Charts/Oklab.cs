// sRGB to Oklab and back (Björn Ottosson, "A perceptual color space for image processing", 2020).

using System.Globalization;

namespace PureDit.Reporting;

internal static class Oklab
{
    public static (double L, double A, double B) FromHex(string hex) =>
        FromLinear(Linear(hex, 1), Linear(hex, 3), Linear(hex, 5));

    public static (double L, double A, double B) FromLinear(double r, double g, double b)
    {
        double l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        double m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        double s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        return (
            (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
            (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
            (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s));
    }

    public static string ToHex(double lightness, double a, double b)
    {
        double l = Cube(lightness + (0.3963377774 * a) + (0.2158037573 * b));
        double m = Cube(lightness - (0.1055613458 * a) - (0.0638541728 * b));
        double s = Cube(lightness - (0.0894841775 * a) - (1.2914855480 * b));
        return "#"
            + Byte((4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s))
            + Byte((-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s))
            + Byte((-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s));
    }

    /// <summary>One channel of #rrggbb as linear light in [0, 1].</summary>
    public static double Linear(string hex, int start)
    {
        double c = int.Parse(hex.AsSpan(start, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static double Cube(double x) => x * x * x;

    private static string Byte(double c)
    {
        double encoded = c <= 0.0031308 ? 12.92 * c : (1.055 * Math.Pow(c, 1 / 2.4)) - 0.055;
        return ((int)Math.Round(255 * Math.Clamp(encoded, 0, 1))).ToString("x2", CultureInfo.InvariantCulture);
    }
}
