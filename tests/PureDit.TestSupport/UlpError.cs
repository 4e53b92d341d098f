namespace PureDit.TestSupport;

/// <summary>
/// How far floats are from exact results, in units of the last place that the exact result has as a float. What is NaN
/// on one side only, or infinite where the rounded exact result is not (or the other way round), is infinitely far.
/// </summary>
public sealed class UlpError
{
    /// <summary>Largest error of all.</summary>
    public double Largest { get; private set; }

    /// <summary>Argument with the largest error.</summary>
    public float At { get; private set; }

    /// <summary>Number of results compared.</summary>
    public long Count { get; private set; }

    /// <summary>Number of results that are not the float nearest to the exact result.</summary>
    public long NotNearest { get; private set; }

    public void Add(float x, float actual, double exact)
    {
        Count++;
        float nearest = (float)exact;
        if (nearest != actual && !(float.IsNaN(nearest) && float.IsNaN(actual))) NotNearest++;
        double error = Between(actual, exact);
        if (error > Largest) (Largest, At) = (error, x);
    }

    /// <summary>Takes up the results of another part of the arguments.</summary>
    public void Add(UlpError other)
    {
        Count += other.Count;
        NotNearest += other.NotNearest;
        if (other.Largest > Largest) (Largest, At) = (other.Largest, other.At);
    }

    public static double Between(float actual, double exact)
    {
        if (!float.IsFinite(actual) || !float.IsFinite((float)exact))
        {
            return actual.Equals((float)exact) ? 0 : double.PositiveInfinity;
        }

        // 2^(23 − e) for the exponent e of the exact result, that of the least normal float at least.
        long exponent = Math.Max((BitConverter.DoubleToInt64Bits(exact) >> 52) & 0x7FF, 1023 - 126);
        return Math.Abs(actual - exact) * BitConverter.Int64BitsToDouble((2046 + 23 - exponent) << 52);
    }
}
