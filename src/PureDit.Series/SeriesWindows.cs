// Sliding windows over the rows of several series: window i is rows i·stride … i·stride + length − 1.
// Rows are stored one after the other, so a window is a stretch of memory and nothing is copied, however much
// neighbouring windows overlap.

namespace PureDit.Series;

/// <summary>Windows of equal length over normalised series, oldest first: shape [count, length, channels].</summary>
public sealed class SeriesWindows
{
    private readonly float[] _rows; // [rows, channels]

    internal SeriesWindows(float[] rows, int channels, int length, int stride)
    {
        (_rows, Channels, Length, Stride) = (rows, channels, length, stride);
        int available = rows.Length / channels;
        Count = available < length ? 0 : 1 + ((available - length) / stride);
    }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary>Rows in a window.</summary>
    public int Length { get; }

    /// <summary>Values in a row.</summary>
    public int Channels { get; }

    /// <summary>Rows from the start of a window to the start of the next.</summary>
    public int Stride { get; }

    /// <summary>The values of a window, [length, channels], row-major.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    public ReadOnlySpan<float> this[int index]
    {
        get
        {
            if (index < 0 || index >= Count)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, $"index: expected 0 to {Count - 1}, got {index}.");
            }

            return _rows.AsSpan(index * Stride * Channels, Length * Channels);
        }
    }

    /// <summary>A copy of all windows, [count, length, channels]; about length/stride times the size of the series.</summary>
    public float[] ToArray()
    {
        float[] windows = new float[(long)Count * Length * Channels];
        for (int i = 0; i < Count; i++) this[i].CopyTo(windows.AsSpan(i * Length * Channels));
        return windows;
    }
}
