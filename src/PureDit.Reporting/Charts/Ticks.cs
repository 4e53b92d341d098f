// Where an axis is marked: multiples of 1, 2 or 5 times a power of ten on a linear axis, powers of ten on a
// logarithmic one (with 2 and 5 in between when the axis spans less than two decades).

using System.Globalization;

namespace PureDit.Reporting;

internal readonly record struct Tick(double Value, string Label);

internal static class Ticks
{
    private const double Slack = 1e-9; // of a step: an end that is a multiple up to rounding keeps its tick

    public static Tick[] Linear(double minimum, double maximum, int target)
    {
        double raw = (maximum - minimum) / target;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw) + Slack));
        double ratio = raw / power;
        double step = power * (ratio <= 1.5 ? 1 : ratio <= 3.2 ? 2 : ratio <= 7.1 ? 5 : 10);
        List<double> values = [];
        double first = Math.Ceiling((minimum / step) - Slack);
        for (double i = first; i * step <= maximum + (Slack * step) && values.Count <= 4 * target; i++) values.Add(i * step);
        bool powers = values.Exists(v => Math.Abs(v) >= 99999.5) || step < 0.99e-4;
        return [.. values.Select(v => new Tick(v, powers ? Scientific(v, step) : Decimal(v, step)))];
    }

    public static Tick[] Log(double minimum, double maximum, int target)
    {
        int first = (int)Math.Ceiling(Math.Log10(minimum) - Slack);
        int last = (int)Math.Floor(Math.Log10(maximum) + Slack);
        if (last - first >= 2)
        {
            int stride = (int)Math.Ceiling((last - first + 1) / (double)target);
            bool powers = first < -3 || last > 4;
            List<Tick> decades = [];
            for (int k = first; k <= last; k += stride) decades.Add(new Tick(Math.Pow(10, k), powers ? Power(k) : Decimal(Math.Pow(10, k), Math.Pow(10, k))));
            return [.. decades];
        }

        List<double> values = [];
        for (int k = first - 1; k <= last + 1; k++)
        {
            foreach (int digit in (ReadOnlySpan<int>)[1, 2, 5])
            {
                double value = digit * Math.Pow(10, k);
                if (value >= minimum * (1 - Slack) && value <= maximum * (1 + Slack)) values.Add(value);
            }
        }

        if (values.Count < 3) return Linear(minimum, maximum, target);
        bool scientific = values[^1] >= 99999.5 || values[0] < 0.99e-3;
        return [.. values.Select(v => new Tick(v, scientific ? Scientific(v, v) : Decimal(v, v)))];
    }

    /// <summary>A value for people: few significant digits, powers of ten where plain digits would be long.</summary>
    public static string Short(double value, int digits = 4)
    {
        if (value == 0) return "0";
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
        double size = Math.Abs(value);
        if (size is >= 99999.5 or < 0.99e-3) return Scientific(value, Math.Pow(10, Math.Floor(Math.Log10(size)) - digits + 2));
        return Decimal(value, Math.Pow(10, Math.Floor(Math.Log10(size)) - digits + 1));
    }

    private static string Decimal(double value, double step)
    {
        int digits = Math.Clamp((int)-Math.Floor(Math.Log10(step) + Slack), 0, 12);
        double rounded = Math.Round(value, digits);
        return Minus((rounded == 0 ? 0 : rounded).ToString("0." + new string('#', digits), CultureInfo.InvariantCulture));
    }

    private static string Scientific(double value, double step)
    {
        if (value == 0) return "0";
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)) + Slack);
        double scale = Math.Pow(10, exponent);
        string mantissa = Decimal(value / scale, Math.Max(step / scale, 1e-12));
        if (mantissa is "1") return Power(exponent);
        return mantissa is "−1" ? "−" + Power(exponent) : mantissa + "·" + Power(exponent);
    }

    private static string Power(int exponent)
    {
        const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
        string digits = Math.Abs(exponent).ToString(CultureInfo.InvariantCulture);
        return "10" + (exponent < 0 ? "⁻" : "") + string.Concat(digits.Select(d => Superscripts[d - '0']));
    }

    private static string Minus(string number) => number.Replace('-', '−');
}
