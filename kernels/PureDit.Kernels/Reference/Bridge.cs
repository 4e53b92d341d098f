namespace PureDit.Kernels.Reference;

internal static class Bridge
{
    public static double[] Wide(ReadOnlySpan<float> values)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++) result[i] = values[i];
        return result;
    }

    public static void Narrow(double[] values, Span<float> destination)
    {
        for (int i = 0; i < values.Length; i++) destination[i] = (float)values[i];
    }
}
