using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>One row of values per sample, inside a wider matrix: the shifts, scales and gates of adaLN.</summary>
/// <param name="first">The first sample's values; null for none.</param>
/// <param name="rowsPerSample">Number of successive rows that share a sample's values.</param>
/// <param name="stride">Distance between the values of successive samples.</param>
internal readonly unsafe struct Chunks(float* first, int rowsPerSample, int stride)
{
    /// <summary>The values for a row; null if there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Of(int row) => first == null ? null : first + ((long)(row / rowsPerSample) * stride);
}
