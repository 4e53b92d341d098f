// Memory for the values of one step: allocation moves a pointer, and recycling moves it back.
//
// A step of training asks for the same sizes in the same order every time, so from the second step on nothing new is
// taken from the garbage collector. Chunks double in size as they are added and are never given back before the arena
// itself is dropped. What lies in recycled memory is left as it was, or filled with NaN ("poisoned", by default in
// Debug builds), so that a value used after its time shows itself.

namespace PureDit.Autodiff;

/// <summary>A bump allocator of 64-byte aligned float memory, reused from step to step. For one thread at a time.</summary>
public sealed class Arena
{
    private const int FirstChunk = 1 << 16;
    private readonly List<Memory<float>> _chunks = [];
    private readonly bool _poison;
    private int _chunk; // the chunk in use
    private int _offset; // its next free float

    /// <summary>Creates an empty arena, which fills recycled memory with NaN in Debug builds.</summary>
    public Arena()
#if DEBUG
        : this(poison: true)
#else
        : this(poison: false)
#endif
    {
    }

    /// <summary>Creates an empty arena.</summary>
    /// <param name="poison">Whether recycled memory is filled with NaN.</param>
    public Arena(bool poison) => _poison = poison;

    /// <summary>Whether recycled memory is filled with NaN.</summary>
    internal bool Poisons => _poison;

    /// <summary>Bytes taken from the system so far.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Memory of a length, 64-byte aligned; contents undefined. Valid until recycled.</summary>
    public Memory<float> Allocate(int length)
    {
        int rounded = AlignedMemory.RoundUp(length);
        while (_chunk < _chunks.Count && _chunks[_chunk].Length - _offset < rounded)
        {
            _chunk++;
            _offset = 0;
        }

        if (_chunk == _chunks.Count) AddChunk(rounded);
        Memory<float> result = _chunks[_chunk].Slice(_offset, length);
        _offset += rounded;
        return result;
    }

    /// <summary>Recycles everything.</summary>
    public void Reset() => Release(default);

    /// <summary>Where the next allocation would go.</summary>
    internal Position Mark() => new(_chunk, _offset);

    /// <summary>Recycles everything that was allocated after a mark.</summary>
    internal void Release(Position mark)
    {
        Position end = Mark();
        (_chunk, _offset) = (mark.Chunk, mark.Offset);
        if (_poison) Poison(mark, end);
    }

    /// <summary>Recycles everything that was allocated after a mark but for one piece, which moves to the mark.</summary>
    internal Memory<float> Release(Position mark, ReadOnlyMemory<float> keep)
    {
        Position end = Mark();
        (_chunk, _offset) = (mark.Chunk, mark.Offset);
        Memory<float> moved = Allocate(keep.Length);
        keep.Span.CopyTo(moved.Span); // the two may overlap: a copy of spans allows that
        if (_poison) Poison(Mark(), end);
        return moved;
    }

    private void AddChunk(int length)
    {
        long doubled = Math.Min(ReservedBytes / sizeof(float), 1 << 28);
        int size = (int)Math.Max(Math.Max(length, FirstChunk), doubled);
        _chunks.Add(AlignedMemory.Allocate(size));
        ReservedBytes += (long)size * sizeof(float);
        _offset = 0;
    }

    private void Poison(Position begin, Position end)
    {
        for (int i = begin.Chunk; i <= end.Chunk && i < _chunks.Count; i++)
        {
            int first = i == begin.Chunk ? begin.Offset : 0, last = i == end.Chunk ? end.Offset : _chunks[i].Length;
            _chunks[i].Span[first..last].Fill(float.NaN);
        }
    }

    /// <summary>A place in the arena.</summary>
    internal readonly record struct Position(int Chunk, int Offset);
}
