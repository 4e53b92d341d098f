// How much two lists of numbers go together: Pearson's coefficient of the values, Spearman's of their ranks (1904), in
// which equal values share the mean of their ranks. 0 where one of them does not vary: nothing goes with it.

namespace PureDit.Laboratory;

/// <summary>Coefficients of correlation.</summary>
internal static class Correlation
{
    /// <summary>Pearson's coefficient, −1 to 1.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count || x.Count == 0) throw new ArgumentException($"y: expected {x.Count} values, one or more, got {y.Count}.", nameof(y));
        double meanX = x.Average(), meanY = y.Average(), cross = 0, squareX = 0, squareY = 0;
        for (int i = 0; i < x.Count; i++)
        {
            (double dx, double dy) = (x[i] - meanX, y[i] - meanY);
            cross += dx * dy;
            squareX += dx * dx;
            squareY += dy * dy;
        }

        return squareX == 0 || squareY == 0 ? 0 : cross / Math.Sqrt(squareX * squareY);
    }

    /// <summary>Spearman's coefficient, −1 to 1.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + (0.5 * (values.Count(other => other == value) + 1)))];
}
