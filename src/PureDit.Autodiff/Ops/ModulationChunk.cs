namespace PureDit.Autodiff;

/// <summary>
/// Columns of a modulation matrix [N, k·D] that shift, scale or gate the N samples of an [N, T, D] value: chunk c is
/// columns c·D to (c+1)·D, and row i of the value uses row i/T of the matrix.
/// </summary>
internal readonly struct ModulationChunk
{
    private readonly int _firstColumn;

    public ModulationChunk(Node modulation, Shape x, int chunk, string name)
    {
        Shape m = modulation.Shape;
        if (x.Rank < 2 || m.Rank != 2 || m[0] != x[0] || x.Last == 0 || m.Last % x.Last != 0)
        {
            throw ShapeError.Of(nameof(modulation), $"[{(x.Rank < 2 ? "N" : x[0])}, k x {x.Last}] for x {x}", m);
        }

        if (chunk < 0 || chunk >= m.Last / x.Last)
        {
            throw new ArgumentOutOfRangeException(name, chunk, $"{name}: expected 0 to {(m.Last / x.Last) - 1} for modulation {m}, got {chunk}.");
        }

        _firstColumn = chunk * x.Last;
        RowsPerSample = x[0] == 0 ? 0 : x.Rows / x[0];
    }

    public int RowsPerSample { get; }

    public Span<float> Of(Span<float> modulation) => modulation.IsEmpty ? modulation : modulation[_firstColumn..];
}
