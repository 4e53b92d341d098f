using System.Text;

namespace PureDit.Formats;

// The names a tensor may have, for reader and writer alike: what can be listed in a terminal and kept as a key.
internal static class SafetensorsName
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // What is wrong with a name, or null.
    public static string? Fault(string name)
    {
        if (name.Length == 0) return "a tensor has an empty name";
        int length = Encoding.UTF8.GetByteCount(name);
        if (length > SafetensorsHeader.MaximumNameLength)
        {
            return $"a tensor name is too long ({length} bytes, at most {SafetensorsHeader.MaximumNameLength})";
        }

        return name.Any(char.IsControl) ? $"a tensor name holds control characters (\"{Printable.Text(name)}\")" : null;
    }

    public static void Check(string file, string name)
    {
        if (Fault(name) is { } fault) throw new SafetensorsException(SafetensorsRule.TensorName, file, fault);
    }

    // Throws for half a surrogate pair, which has no UTF-8.
    public static byte[] ToUtf8(string text) => Strict.GetBytes(text);
}
