namespace PureDit.Laboratory;

/// <summary>A straight line y ≈ slope·x + intercept through points, by least squares.</summary>
/// <param name="Slope">Slope; NaN with fewer than two different places.</param>
/// <param name="Intercept">Value at 0.</param>
public readonly record struct LineFit(double Slope, double Intercept)
{
    /// <summary>Fits a line.</summary>
    /// <param name="x">Places.</param>
    /// <param name="y">Values, as many.</param>
    public static LineFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count) throw new ArgumentException($"y: expected {x.Count} values, got {y.Count}.", nameof(y));
        if (x.Count < 2) return new(double.NaN, double.NaN);
        double meanX = x.Average(), meanY = y.Average(), cross = 0, square = 0;
        for (int i = 0; i < x.Count; i++)
        {
            cross += (x[i] - meanX) * (y[i] - meanY);
            square += (x[i] - meanX) * (x[i] - meanX);
        }

        return new(cross / square, meanY - (cross / square * meanX));
    }
}

/// <summary>Mean and standard deviation over seeds.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="Deviation">Standard deviation, of n − 1 degrees of freedom; 0 for one value.</param>
public readonly record struct Spread(double Mean, double Deviation)
{
    /// <summary>Of values, one per seed.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double mean = values.Average();
        return new(mean, values.Count < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)));
    }

    /// <summary>"mean ± deviation".</summary>
    public override string ToString() => FormattableString.Invariant($"{Mean:G4} ± {Deviation:G2}");
}
