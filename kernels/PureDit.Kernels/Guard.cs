using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

/// <summary>Checks at the public edge; every message names the argument, what was expected and what was given.</summary>
[StackTraceHidden]
internal static class Guard
{
    /// <summary>Throws unless a span holds at least rows × columns values.</summary>
    public static void Matrix<T>(
        ReadOnlySpan<T> span, int rows, int columns, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        NotNegative(rows, nameof(rows));
        NotNegative(columns, nameof(columns));
        if (span.Length < (long)rows * columns)
        {
            Throw(name, $"[{rows}, {columns}] ({(long)rows * columns} values)", span.Length);
        }
    }

    /// <summary>Throws unless a span holds at least <paramref name="length"/> values.</summary>
    public static void Length<T>(
        ReadOnlySpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length < length) Throw(name, $"{length} values", span.Length);
    }

    /// <summary>Throws unless a span holds exactly <paramref name="length"/> values.</summary>
    public static void SameLength<T>(
        ReadOnlySpan<T> span, int length, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length != length) Throw(name, $"{length} values", span.Length);
    }

    /// <summary>Throws unless a span holds one chunk of values per sample: those that shift, scale and gate are.</summary>
    public static void Chunks<T>(
        ReadOnlySpan<T> span, int rows, int width, int rowsPerSample, int stride,
        [CallerArgumentExpression(nameof(span))] string name = "")
    {
        Positive(rowsPerSample);
        if (stride < width)
        {
            throw new ArgumentOutOfRangeException(
                nameof(stride), stride, $"stride of {name}: expected at least the width, {width}, got {stride}.");
        }

        int samples = (int)(((long)rows + rowsPerSample - 1) / rowsPerSample);
        long length = samples == 0 ? 0 : ((long)(samples - 1) * stride) + width;
        if (span.Length < length)
        {
            Throw(name, $"{samples} chunks of {width} with stride {stride} ({length} values)", span.Length);
        }
    }

    /// <summary>Throws unless a number is at least 0 and below 1.</summary>
    public static void Share(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name}: expected a number in [0, 1), got {value}.");
        }
    }

    /// <summary>Throws unless a number is 1 or more.</summary>
    public static void Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, value, $"{name}: expected 1 or more, got {value}.");
    }

    /// <summary>Throws if a dimension is negative.</summary>
    public static void NotNegative(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 0) throw new ArgumentOutOfRangeException(name, value, $"{name}: expected 0 or more, got {value}.");
    }

    [DoesNotReturn]
    private static void Throw(string name, string expected, int actual) =>
        throw new ArgumentException($"{name}: expected {expected}, got {actual} values.", name);
}
