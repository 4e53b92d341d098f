namespace PureDit.Reporting.Tests;

public sealed class PlotStyleTests
{
    private const double LeastContrast = 3; // WCAG 2.1, 1.4.11: graphics against their background
    private const double LeastTextContrast = 4.5; // WCAG 2.1, 1.4.3
    private const double LeastDistance = 0.09; // in Oklab; about nine times the least difference seen side by side

    // Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB; the identity is full colour vision.
    private static readonly double[][] s_visions =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    public static TheoryData<string> Themes => ["light", "dark"];

    [Theory, MemberData(nameof(Themes))]
    public void Colors_StayApartInEveryVision(string name)
    {
        PlotTheme theme = Theme(name);
        string[] all = [.. theme.Colors, theme.Ink];
        foreach (double[] vision in s_visions)
        {
            for (int i = 0; i < all.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    double distance = Distance(See(all[i], vision), See(all[j], vision));
                    Assert.True(distance >= LeastDistance, $"{all[i]} and {all[j]}: {distance:G3}");
                }
            }
        }
    }

    [Theory, MemberData(nameof(Themes))]
    public void ColorsAndText_StandOutFromTheSurface(string name)
    {
        PlotTheme theme = Theme(name);
        Assert.All(theme.Colors, c => Assert.True(Contrast(c, theme.Surface) >= LeastContrast, c));
        Assert.True(Contrast(theme.Ink, theme.Surface) >= LeastTextContrast);
        Assert.True(Contrast(theme.Muted, theme.Surface) >= LeastTextContrast);
    }

    [Fact]
    public void Oklab_RoundTripsEveryColor()
    {
        foreach (string color in PlotTheme.Light.Colors.Concat(PlotTheme.Dark.Colors))
        {
            (double l, double a, double b) = Oklab.FromHex(color);
            Assert.Equal(color, Oklab.ToHex(l, a, b));
        }
    }

    private static PlotTheme Theme(string name) => name == "dark" ? PlotTheme.Dark : PlotTheme.Light;

    private static double[] Linear(string hex) => [Oklab.Linear(hex, 1), Oklab.Linear(hex, 3), Oklab.Linear(hex, 5)];

    private static (double, double, double) See(string hex, double[] vision)
    {
        double[] rgb = Linear(hex), seen = new double[3];
        for (int i = 0; i < 3; i++) seen[i] = Math.Clamp((vision[3 * i] * rgb[0]) + (vision[(3 * i) + 1] * rgb[1]) + (vision[(3 * i) + 2] * rgb[2]), 0, 1);
        return Oklab.FromLinear(seen[0], seen[1], seen[2]);
    }

    private static double Distance((double L, double A, double B) p, (double L, double A, double B) q) =>
        Math.Sqrt(((p.L - q.L) * (p.L - q.L)) + ((p.A - q.A) * (p.A - q.A)) + ((p.B - q.B) * (p.B - q.B)));

    private static double Contrast(string a, string b)
    {
        double la = Luminance(a), lb = Luminance(b);
        return (Math.Max(la, lb) + 0.05) / (Math.Min(la, lb) + 0.05);
    }

    private static double Luminance(string hex) => (0.2126 * Linear(hex)[0]) + (0.7152 * Linear(hex)[1]) + (0.0722 * Linear(hex)[2]);
}
