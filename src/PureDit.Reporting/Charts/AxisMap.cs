// From values to places along one axis. Fitting never fails: values that cannot be shown (not finite, beyond ±1e150,
// on a logarithmic axis 0 and below) are left out, no value at all gives a unit range, and a single value gets room.

namespace PureDit.Reporting;

internal sealed class AxisMap
{
    private const double Huge = 1e150; // squares and differences of shown values stay finite
    private const double FlatSpan = 1e-11; // of the magnitude: below this, doubles leave too few steps to draw
    private readonly double _low;
    private readonly double _high;
    private readonly double _from;
    private readonly double _to;
    private readonly bool _log;

    private AxisMap(double minimum, double maximum, bool log, double from, double to)
    {
        (Minimum, Maximum, _log, _from, _to) = (minimum, maximum, log, from, to);
        (_low, _high) = log ? (Math.Log10(minimum), Math.Log10(maximum)) : (minimum, maximum);
    }

    public double Minimum { get; }

    public double Maximum { get; }

    /// <summary>The place of a value; a value that cannot be shown has none (NaN).</summary>
    public double this[double value]
    {
        get
        {
            if (!CanShow(value, _log)) return double.NaN;
            double share = ((_log ? Math.Log10(value) : value) - _low) / (_high - _low);
            return _from + (share * (_to - _from));
        }
    }

    public static bool CanShow(double value, bool log) => Math.Abs(value) <= Huge && (!log || value >= 1 / Huge);

    /// <summary>Fits an axis to values, padding each fitted end by a share of the range.</summary>
    public static AxisMap Fit(Axis axis, IEnumerable<double> values, double from, double to, double padding)
    {
        bool log = axis.Scale == AxisScale.Log;
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!CanShow(value, log)) continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high) (low, high) = log ? (0.1, 1) : (0, 1);
        if (log) (low, high) = (Math.Log10(low), Math.Log10(high));
        double magnitude = Math.Max(Math.Abs(low), Math.Abs(high));
        if (high - low <= FlatSpan * magnitude || high - low < 1 / Huge)
        {
            double room = log ? 0.5 : magnitude > 1 / Huge ? 0.5 * magnitude : 1;
            (low, high) = (low - room, high + room);
        }
        else
        {
            (low, high) = (low - (padding * (high - low)), high + (padding * (high - low)));
        }

        if (log) (low, high) = (Math.Pow(10, low), Math.Pow(10, high));
        double asked0 = Asked(axis.Minimum, low, log), asked1 = Asked(axis.Maximum, high, log);
        if (asked1 > asked0 && asked1 - asked0 > FlatSpan * Math.Max(Math.Abs(asked0), Math.Abs(asked1))) (low, high) = (asked0, asked1);
        return new AxisMap(low, high, log, from, to);
    }

    public Tick[] Ticks(int target) =>
        _log ? Reporting.Ticks.Log(Minimum, Maximum, target) : Reporting.Ticks.Linear(Minimum, Maximum, target);

    private static double Asked(double? asked, double fitted, bool log) =>
        asked is double value && CanShow(value, log) ? value : fitted;
}
