// The keys of one JSON object, to notice a repeated one. A header can hold millions of keys in a few bytes each, so the
// set stores their positions in the text and no strings: five bytes for each. "a" and its escape are the same key.

using System.Text.Json;

namespace PureDit.Formats;

internal readonly ref struct SafetensorsKeys
{
    private const int LongestOnStack = 6 * SafetensorsHeader.MaximumNameLength; // of a name, all in \u escapes
    private readonly ReadOnlySpan<byte> _json;
    private readonly int[] _slots; // position + 1; 0 is free

    // The reader stands at the opening brace of the object and is not moved.
    public SafetensorsKeys(ReadOnlySpan<byte> json, Utf8JsonReader reader)
    {
        _json = json;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1) Count++;
        }

        _slots = new int[Count + (Count / 4) + 1];
    }

    /// <summary>Number of keys in the object.</summary>
    public int Count { get; }

    /// <summary>Whether the key was not there before.</summary>
    /// <param name="position">Of its opening quote.</param>
    public bool Add(int position)
    {
        Utf8JsonReader key = At(position);
        uint slot = Hash(key) % (uint)_slots.Length;
        while (_slots[slot] != 0)
        {
            if (Same(key, At(_slots[slot] - 1))) return false;
            slot = (slot + 1) % (uint)_slots.Length;
        }

        _slots[slot] = position + 1;
        return true;
    }

    private Utf8JsonReader At(int position)
    {
        Utf8JsonReader reader = new(_json[position..]);
        reader.Read();
        return reader;
    }

    private static bool Same(Utf8JsonReader a, Utf8JsonReader b)
    {
        if (!b.ValueIsEscaped) return a.ValueTextEquals(b.ValueSpan);
        if (!a.ValueIsEscaped) return b.ValueTextEquals(a.ValueSpan);
        if (a.ValueSpan.SequenceEqual(b.ValueSpan)) return true;
        Span<byte> unescaped = b.ValueSpan.Length <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[b.ValueSpan.Length];
        return a.ValueTextEquals(unescaped[..b.CopyString(unescaped)]);
    }

    // The runtime's hash has a random key: nobody can prepare keys that collide.
    private static uint Hash(Utf8JsonReader key)
    {
        HashCode hash = default;
        if (key.ValueIsEscaped)
        {
            Span<byte> unescaped = key.ValueSpan.Length <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[key.ValueSpan.Length];
            hash.AddBytes(unescaped[..key.CopyString(unescaped)]);
        }
        else
        {
            hash.AddBytes(key.ValueSpan);
        }

        return unchecked((uint)hash.ToHashCode());
    }
}
