namespace PureDit.GuardPages;

/// <summary>The arrays of one call, each in pages of its own, all placed the same way.</summary>
internal sealed class GuardedArrays
{
    private const int Bytes = 1 << 21;
    private readonly List<ProtectedPages> _inputs = [], _outputs = [];
    private int _inputsUsed, _outputsUsed;

    /// <summary>Where the arrays of the coming calls stand.</summary>
    public Placement Placement { get; set; }

    /// <summary>Forgets the arrays of the last call.</summary>
    public void Reset() => _inputsUsed = _outputsUsed = 0;

    /// <summary>An input: its pages may be read only.</summary>
    public ReadOnlySpan<float> In(int length) => Next(_inputs, ref _inputsUsed, readOnly: true).At<float>(length, Placement);

    /// <summary>A destination, filled anew: what accumulates in it stays small.</summary>
    public Span<float> Out(int length)
    {
        Span<float> span = Next(_outputs, ref _outputsUsed, readOnly: false).At<float>(length, Placement);
        ProtectedPages.Fill(span);
        return span;
    }

    /// <summary>A destination of doubles that is only written.</summary>
    public Span<double> OutDoubles(int length) => Next(_outputs, ref _outputsUsed, readOnly: false).At<double>(length, Placement);

    private static ProtectedPages Next(List<ProtectedPages> pages, ref int used, bool readOnly)
    {
        if (used == pages.Count) pages.Add(new ProtectedPages(Bytes, readOnly));
        return pages[used++];
    }
}
