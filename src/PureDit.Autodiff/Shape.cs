// The sizes of a row-major array, slowest dimension first: [N, T, D] is N samples of T tokens of width D.
// Held inline (no allocation), rank 0 (a scalar) to 5. Strides are not kept: everything above the kernels is dense.

using System.Globalization;
using System.Runtime.CompilerServices;

namespace PureDit.Autodiff;

/// <summary>Sizes of a dense row-major array of rank 0 to 5, slowest dimension first.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>Largest number of dimensions.</summary>
    public const int MaxRank = 5;

    private readonly Sizes _sizes;
    private readonly int _countLessOne; // so that the default value is a scalar, whose count is 1

    /// <summary>Creates a shape; no sizes at all make a scalar.</summary>
    /// <exception cref="ArgumentException">More than five sizes, a negative size, or 2³¹ values or more.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > MaxRank)
        {
            throw new ArgumentException($"sizes: expected at most {MaxRank} dimensions, got {sizes.Length}.", nameof(sizes));
        }

        long count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] < 0)
            {
                throw new ArgumentException($"sizes: expected 0 or more in every dimension, got {sizes[i]} in dimension {i}.", nameof(sizes));
            }

            _sizes[i] = sizes[i];
            count *= sizes[i];
            if (count > Array.MaxLength)
            {
                throw new ArgumentException($"sizes: expected at most {Array.MaxLength} values, got {string.Join(" x ", sizes.ToArray())}.", nameof(sizes));
            }
        }

        Rank = sizes.Length;
        _countLessOne = (int)count - 1;
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank { get; }

    /// <summary>Number of values, the product of the sizes; 1 for a scalar.</summary>
    public int Count => _countLessOne + 1;

    /// <summary>Size of the fastest dimension; 1 for a scalar.</summary>
    public int Last => Rank == 0 ? 1 : _sizes[Rank - 1];

    /// <summary>Product of all sizes but the last: the number of rows if the array is seen as a matrix.</summary>
    public int Rows
    {
        get
        {
            int rows = 1;
            for (int i = 0; i < Rank - 1; i++) rows *= _sizes[i];
            return rows;
        }
    }

    /// <summary>Size of one dimension, 0 being the slowest.</summary>
    public int this[int dimension] =>
        (uint)dimension < (uint)Rank ? _sizes[dimension] : throw new ArgumentOutOfRangeException(
            nameof(dimension), dimension, $"dimension: expected 0 to {Rank - 1} for {this}, got {dimension}.");

    /// <summary>The same shape with another size of the fastest dimension.</summary>
    public Shape WithLast(int size)
    {
        Sizes sizes = _sizes;
        sizes[Math.Max(0, Rank - 1)] = size;
        ReadOnlySpan<int> all = sizes;
        return new Shape(all[..Math.Max(1, Rank)]);
    }

    /// <summary>Writes the sizes as the lengths that <c>System.Numerics.Tensors</c> works with.</summary>
    /// <param name="lengths">At least <see cref="Rank"/> long.</param>
    public void CopyTo(Span<nint> lengths)
    {
        for (int i = 0; i < Rank; i++) lengths[i] = _sizes[i];
    }

    /// <summary>The shape with lengths of <c>System.Numerics.Tensors</c>.</summary>
    /// <exception cref="ArgumentException">As for the constructor.</exception>
    public static Shape FromLengths(ReadOnlySpan<nint> lengths)
    {
        Span<int> sizes = stackalloc int[Math.Min(lengths.Length, MaxRank + 1)];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = checked((int)lengths[i]);
        return new Shape(sizes);
    }

    /// <inheritdoc/>
    public bool Equals(Shape other)
    {
        ReadOnlySpan<int> left = _sizes, right = other._sizes;
        return Rank == other.Rank && left.SequenceEqual(right);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _sizes[0], _sizes[1], _sizes[2], _sizes[3], _sizes[4]);

    /// <summary>Whether two shapes have the same sizes in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets, for example <c>[2, 3]</c>.</summary>
    public override string ToString()
    {
        ReadOnlySpan<int> sizes = _sizes;
        return "[" + string.Join(", ", sizes[..Rank].ToArray().Select(s => s.ToString(CultureInfo.InvariantCulture))) + "]";
    }

    [InlineArray(MaxRank)]
    private struct Sizes
    {
        private int _first;
    }
}
