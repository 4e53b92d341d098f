namespace PureDit.Autodiff;

/// <summary>The beginning of a scope on a tape; see <see cref="Tape.Mark"/> and <see cref="Tape.Release"/>.</summary>
public readonly struct TapeMark
{
    internal TapeMark(int nodes, Arena.Position memory, long stamp) => (Nodes, Memory, Stamp) = (nodes, memory, stamp);

    internal int Nodes { get; }

    internal Arena.Position Memory { get; }

    internal long Stamp { get; }
}
