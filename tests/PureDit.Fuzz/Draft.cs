namespace PureDit.Fuzz;

/// <summary>
/// Bytes that are being changed: a prefix that holds a length, a text, and what follows. Edits keep track of the text,
/// so that the length in the prefix can be made right again and the reader's later checks are reached.
/// </summary>
public sealed class Draft
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    /// <summary>Where the text begins.</summary>
    public int TextStart { get; private set; }

    /// <summary>Where the text ends.</summary>
    public int TextEnd { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public Span<byte> Text => _bytes.AsSpan(TextStart, TextEnd - TextStart);

    public void Set(ReadOnlySpan<byte> bytes, int textStart, int textEnd)
    {
        Length = 0;
        (TextStart, TextEnd) = (0, 0);
        Replace(0, 0, bytes);
        (TextStart, TextEnd) = (textStart, textEnd);
    }

    /// <summary>Puts bytes, which must not be the draft's own, in the place of others.</summary>
    public void Replace(int at, int removed, ReadOnlySpan<byte> inserted)
    {
        int added = inserted.Length, length = Length - removed + added;
        if (length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        _bytes.AsSpan(at + removed, Length - at - removed).CopyTo(_bytes.AsSpan(at + inserted.Length));
        inserted.CopyTo(_bytes.AsSpan(at));
        Length = length;
        TextStart = Moved(TextStart);
        TextEnd = Math.Max(TextStart, Moved(TextEnd));

        int Moved(int border) => border <= at ? Math.Min(border, Length)
            : border >= at + removed ? border - removed + added
            : at + Math.Min(border - at, added);
    }

    public byte[] ToArray() => Bytes.ToArray();
}
