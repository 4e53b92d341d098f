using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace PureDit.Diffusion;

/// <summary>Checks at the public edge; every message names the argument, what was expected and what was given.</summary>
[StackTraceHidden]
internal static class Expect
{
    /// <summary>Throws unless a span has exactly <paramref name="length"/> values.</summary>
    public static void Length(
        int length, ReadOnlySpan<float> span,
        [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length != length) Fail(name, $"{length} values", span.Length.ToString());
    }

    /// <summary>Throws unless a span holds whole samples; returns how many.</summary>
    public static int Samples(
        int size, ReadOnlySpan<float> span,
        [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length % size != 0) Fail(name, $"[n, {size}], a multiple of {size} values", span.Length.ToString());
        return span.Length / size;
    }

    /// <summary>Throws unless a number lies in a closed interval; NaN does not.</summary>
    public static void Within(
        double low, double high, double value,
        [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name}: expected {low} to {high}, got {value}.");
        }
    }

    /// <summary>Throws an <see cref="ArgumentException"/>.</summary>
    [DoesNotReturn]
    public static void Fail(string name, string expected, string actual) =>
        throw new ArgumentException($"{name}: expected {expected}, got {actual}.", name);
}
