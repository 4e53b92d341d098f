using System.Globalization;

namespace PureDit.Cli;

/// <summary>Numbers of the command line that are no fields of the configuration.</summary>
internal static class Numbers
{
    /// <summary>A whole number within a range; the default where the option is absent.</summary>
    /// <exception cref="UsageException">It is none, or out of range; the message names the option.</exception>
    public static long Whole(string? text, string option, long minimum, long maximum, long standard)
    {
        if (text is null) return standard;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= minimum && value <= maximum
            ? value
            : throw new UsageException($"{option}: expected a whole number from {minimum} to {maximum}, got '{text}'", $"for example {option} {standard}");
    }

    /// <summary>A number within a range; the default where the option is absent.</summary>
    /// <inheritdoc cref="Whole"/>
    public static double Real(string? text, string option, double minimum, double maximum, double standard)
    {
        if (text is null) return standard;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum
            ? value
            : throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"{option}: expected a number from {minimum} to {maximum}, got '{text}'"),
                string.Create(CultureInfo.InvariantCulture, $"for example {option} {standard}"));
    }
}
