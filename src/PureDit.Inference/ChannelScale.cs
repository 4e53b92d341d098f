namespace PureDit.Inference;

/// <summary>
/// How the values of a model's data were normalised, per channel: z = (x − mean)/deviation. Saved with the weights, so
/// that samples come out in the units of the data.
/// </summary>
/// <param name="Mean">Mean of each channel, [d].</param>
/// <param name="Deviation">Standard deviation of each channel, [d], above 0.</param>
public sealed record ChannelScale(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>From normalised values to the units of the data, in place: x = mean + deviation·z.</summary>
    /// <param name="values">[…, d].</param>
    /// <exception cref="ArgumentException">The length is no multiple of the number of channels.</exception>
    public void Invert(Span<float> values)
    {
        if (values.Length % Mean.Count != 0)
        {
            throw new ArgumentException($"values: expected a multiple of {Mean.Count} channels, got {values.Length} values.", nameof(values));
        }

        for (int i = 0; i < values.Length; i++)
        {
            int channel = i % Mean.Count;
            values[i] = (float)(Mean[channel] + (Deviation[channel] * values[i]));
        }
    }
}
