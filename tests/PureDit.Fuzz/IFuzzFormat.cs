namespace PureDit.Fuzz;

/// <summary>A format whose reader is attacked.</summary>
public interface IFuzzFormat
{
    /// <summary>Name on the command line and in files.</summary>
    string Name { get; }

    /// <summary>Makes a draft valid, or nearly so, before it is changed.</summary>
    void Begin(Draft draft, FuzzRandom random);

    /// <summary>Pieces of text that mean something to the reader.</summary>
    IReadOnlyList<byte[]> Words { get; }

    /// <summary>Makes right, after the changes, what would keep the reader from going on.</summary>
    void Repair(Draft draft);

    /// <summary>Reads an input. The reader's own exception is a refusal; any other is a failure.</summary>
    /// <returns>Whether it was accepted.</returns>
    /// <exception cref="BrokenLawException">Something accepted does not survive, or too much memory was taken.</exception>
    bool Accepts(byte[] input);
}

/// <summary>An input showed that the reader is wrong.</summary>
public sealed class BrokenLawException(string message) : Exception(message)
{
    public static void Unless(bool holds, string law)
    {
        if (!holds) throw new BrokenLawException(law);
    }

    /// <summary>Twice the input and 1 MiB, for readers that hold a copy; more where text becomes numbers.</summary>
    public static void BoundMemory(long before, byte[] input, int times = 2)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, most = ((long)times * input.Length) + (1 << 20);
        if (allocated > most) throw new BrokenLawException($"reading {input.Length} bytes allocated {allocated}, at most {most} expected");
    }
}
