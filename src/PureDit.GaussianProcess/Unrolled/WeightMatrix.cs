// A weight matrix that is written entry by entry. Constructed networks are almost all zeros, and the theorem counts the
// others, so only they are stored: rows in order, entries of a row in the order they were given.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>One entry of a weight matrix.</summary>
/// <param name="Row">Row, from 0.</param>
/// <param name="Column">Column, from 0.</param>
/// <param name="Value">The weight.</param>
public readonly record struct Weight(int Row, int Column, double Value);

/// <summary>A constructed weight matrix W, [rows, columns].</summary>
public sealed class WeightMatrix
{
    private readonly Weight[] _entries;

    /// <summary>Writes a matrix; entries given twice add, zeros are dropped.</summary>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="columns">Number of columns, 1 or more.</param>
    /// <param name="entries">The weights.</param>
    /// <exception cref="ArgumentException">An entry lies outside the matrix or is not finite.</exception>
    public WeightMatrix(int rows, int columns, params IEnumerable<Weight> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        Dictionary<(int, int), double> sums = [];
        foreach (Weight w in entries)
        {
            if (w.Row < 0 || w.Row >= rows || w.Column < 0 || w.Column >= columns || !double.IsFinite(w.Value))
            {
                throw new ArgumentException(
                    $"entries: expected finite weights inside [{rows}, {columns}], got {w.Value} at [{w.Row}, {w.Column}].",
                    nameof(entries));
            }

            sums[(w.Row, w.Column)] = sums.GetValueOrDefault((w.Row, w.Column)) + w.Value;
        }

        (Rows, Columns) = (rows, columns);
        _entries = [.. sums.Where(s => s.Value != 0).Select(s => new Weight(s.Key.Item1, s.Key.Item2, s.Value)).OrderBy(w => w.Row)];
        FrobeniusNorm = Math.Sqrt(_entries.Sum(w => w.Value * w.Value));
        NonZeroRows = [.. _entries.Select(w => w.Row).Distinct()];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The weights that are not zero, by rows.</summary>
    public IReadOnlyList<Weight> Entries => _entries;

    /// <summary>‖W‖_F.</summary>
    public double FrobeniusNorm { get; }

    /// <summary>Rows with a weight, ascending.</summary>
    internal int[] NonZeroRows { get; }

    /// <summary>Adds W·x to y.</summary>
    /// <param name="x">[columns].</param>
    /// <param name="y">[rows]; must not overlap <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void AddProduct(ReadOnlySpan<double> x, Span<double> y)
    {
        Expect.SameLength(Columns, x.Length, nameof(x));
        Expect.SameLength(Rows, y.Length, nameof(y));
        foreach (Weight w in _entries) y[w.Row] += w.Value * x[w.Column];
    }

    /// <summary>The matrix with its zeros, [rows, columns].</summary>
    public double[] ToDense()
    {
        double[] dense = new double[Rows * Columns];
        foreach (Weight w in _entries) dense[(w.Row * Columns) + w.Column] = w.Value;
        return dense;
    }
}
