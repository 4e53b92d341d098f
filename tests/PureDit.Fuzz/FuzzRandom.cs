namespace PureDit.Fuzz;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014), begun anew for every input: input i of a seed does not depend on the others.</summary>
public sealed class FuzzRandom(ulong seed, long index)
{
    private ulong _state = (seed * 0xD1B54A32D192ED03) ^ ((ulong)index * 0x9E3779B97F4A7C15);

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to count − 1, of a positive count.</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];
}
