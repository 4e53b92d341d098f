// What JSON out of a file must be before its meaning is looked at: UTF-8, one value, not deep, no half surrogate pair.
// A loop over tokens that allocates nothing; the JSON reader's own exceptions never leave it.

using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PureDit.Formats;

internal static class SafetensorsSyntax
{
    /// <summary>Refuses JSON that cannot be relied on.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="what">What the JSON is: "the header".</param>
    /// <param name="json">At least one byte.</param>
    /// <param name="maximumDepth">Levels of objects and arrays.</param>
    public static void Check(string file, string what, ReadOnlySpan<byte> json, int maximumDepth)
    {
        if (json[0] != '{') throw Error(SafetensorsRule.HeaderStart, $"{what} does not begin with '{{' (but with the byte 0x{json[0]:X2})");
        if (!Utf8.IsValid(json)) throw Error(SafetensorsRule.HeaderUtf8, $"{what} is not UTF-8");

        Utf8JsonReader reader = new(json);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped && HasHalfSurrogate(reader.ValueSpan))
                {
                    throw Error(SafetensorsRule.HeaderUtf16, $"{what} escapes half of a surrogate pair");
                }

                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) continue;
                if (reader.CurrentDepth < maximumDepth) continue;
                throw Error(SafetensorsRule.HeaderDepth, $"{what} nests too deep (more than {maximumDepth} levels)");
            }
        }
        catch (JsonException e)
        {
            int at = (int)reader.BytesConsumed;
            throw StartsWithNonFinite(json[at..])
                ? Error(SafetensorsRule.NotUnsignedInteger, $"{what} has NaN or Infinity for a number (near byte {at})", e)
                : Error(SafetensorsRule.HeaderJson, $"{what} is not JSON (near byte {at})", e);
        }

        SafetensorsException Error(SafetensorsRule rule, string text, Exception? inner = null) => new(rule, file, text, inner);
    }

    // Of a string as it stands in valid JSON: a high half must be followed by a low one, and a low one by nothing.
    private static bool HasHalfSurrogate(ReadOnlySpan<byte> text)
    {
        bool high = false;
        while (true)
        {
            int at = text.IndexOf((byte)'\\');
            if (high && at != 0) return true;
            if (at < 0) return false;
            text = text[(at + 1)..];
            bool isUnit = text[0] == 'u';
            if (high && !isUnit) return true;
            if (isUnit)
            {
                ushort unit = ushort.Parse(text.Slice(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                if (high != char.IsLowSurrogate((char)unit)) return true;
                high = char.IsHighSurrogate((char)unit);
            }

            text = text[(isUnit ? 5 : 1)..];
        }
    }

    private static bool StartsWithNonFinite(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t\r\n:,"u8);
        return rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || rest.StartsWith("-Infinity"u8);
    }
}
