using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PureDit.Latent;

/// <summary>Checks at the public edge; every message names the argument, what was expected and what was given.</summary>
[StackTraceHidden]
internal static class Expect
{
    public static void Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw OutOfRange(name, value, "1 or more");
    }

    public static void PositiveFinite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && double.IsFinite(value))) throw OutOfRange(name, value, "a finite number greater than 0");
    }

    public static void Length(int expected, int actual, string name)
    {
        if (expected != actual) throw new ArgumentException($"{name}: expected {expected} values, got {actual}.", name);
    }

    /// <summary>The number of samples in a batch of <paramref name="length"/> values.</summary>
    public static int Samples(int length, int size, string name) => length % size == 0
        ? length / size
        : throw new ArgumentException($"{name}: expected whole samples of {size} values each, got {length} values.", name);

    public static void Finite(ReadOnlySpan<double> values, string name)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) throw new ArgumentException($"{name}: expected finite values, got {value}.", name);
        }
    }

    public static void Noisy(Diffusion.NoiseLevel level)
    {
        if (level.Time == 0) throw new ArgumentException("level: expected some noise, since the score has no value without, got the clean level.", nameof(level));
    }

    /// <summary>Throws unless a subspace of that rank fits into the space.</summary>
    public static void Rank(int dimension, int rank)
    {
        Positive(dimension);
        if (rank < 1 || rank > dimension) throw OutOfRange(nameof(rank), rank, $"1 to the dimension, {dimension}");
    }

    public static ArgumentOutOfRangeException OutOfRange(string name, object value, string expected) =>
        new(name, value, $"{name}: expected {expected}, got {value}.");
}
