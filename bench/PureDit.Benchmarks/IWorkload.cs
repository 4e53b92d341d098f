namespace PureDit.Benchmarks;

/// <summary>What one call of a benchmark has to do: the shape is its parameter, the amount makes time a throughput.</summary>
public interface IWorkload
{
    /// <summary>Operations or bytes of one call.</summary>
    double Amount { get; }

    /// <summary>Unit of 10⁹ of them per second.</summary>
    string Unit { get; }
}

/// <summary>Rows of values that pass through memory: what matters is how many arrays are read or written.</summary>
/// <param name="Name">Where a model has this shape.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Arrays">Arrays of that size that a call reads or writes.</param>
public sealed record RowsWorkload(string Name, int Rows, int Width, int Arrays) : IWorkload
{
    /// <summary>Values of one array.</summary>
    public int Count => Rows * Width;

    /// <inheritdoc/>
    public double Amount => (double)sizeof(float) * Arrays * Count;

    /// <inheritdoc/>
    public string Unit => "GB/s";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Rows}x{Width}";
}
