using System.Text;

namespace PureDit.Formats;

// The names a tensor may have, for reader and writer alike: what can be listed in a terminal and kept as a key.
internal static class SafetensorsName
{
    private const byte Delete = 0x7F, FirstOfC1 = 0xC2; // U+0080 to U+009F are C2 80 to C2 9F
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // What is wrong with a name in UTF-8, or null.
    public static string? Fault(ReadOnlySpan<byte> name)
    {
        if (name.Length == 0) return "a tensor has an empty name";
        if (name.Length > SafetensorsHeader.MaximumNameLength)
        {
            return $"a tensor name is too long ({name.Length} bytes, at most {SafetensorsHeader.MaximumNameLength})";
        }

        return HasControl(name) ? $"a tensor name holds control characters (\"{Printable.Text(Encoding.UTF8.GetString(name))}\")" : null;
    }

    // Throws for half a surrogate pair, which has no UTF-8.
    public static byte[] ToUtf8(string text) => Strict.GetBytes(text);

    private static bool HasControl(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is < 0x20 or Delete || (name[i] == FirstOfC1 && name[i + 1] < 0xA0)) return true;
        }

        return false;
    }
}
