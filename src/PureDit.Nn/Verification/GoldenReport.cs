namespace PureDit.Nn;

/// <summary>How far one tensor is from its stored reference.</summary>
/// <param name="Tensor">Name in the file, for example <c>gradient.blocks.0.attn.qkv.weight</c>.</param>
/// <param name="Difference">Largest absolute difference; NaN where only one side is a number.</param>
/// <param name="Maximum">Largest absolute value of the reference.</param>
/// <param name="Tolerance">Largest admissible <see cref="Relative"/>.</param>
public sealed record GoldenComparison(string Tensor, double Difference, double Maximum, double Tolerance)
{
    /// <summary>The difference relative to the reference's maximum.</summary>
    public double Relative => Difference == 0 ? 0 : Difference / Maximum;

    /// <summary>Whether the tensor is within its tolerance.</summary>
    public bool Passed => Relative <= Tolerance;
}

/// <summary>The result of a <see cref="GoldenVerification"/>.</summary>
/// <param name="File">The file as the caller named it.</param>
/// <param name="Config">The architecture, from the file's metadata.</param>
/// <param name="Batch">Samples in the reference.</param>
/// <param name="Comparisons">One per stored result, in the order of computation.</param>
public sealed record GoldenReport(string File, DiTConfig Config, int Batch, IReadOnlyList<GoldenComparison> Comparisons)
{
    /// <summary>Whether every tensor is within its tolerance.</summary>
    public bool Passed => Comparisons.All(c => c.Passed);

    /// <summary>The comparison that is furthest from its tolerance's safe side.</summary>
    public GoldenComparison Worst => Comparisons.MaxBy(c => double.IsNaN(c.Relative) ? double.PositiveInfinity : c.Relative / c.Tolerance)!;
}
