// The text of a configuration, checked before its fields are looked at: at most 1 MiB of UTF-8, one JSON object, no name
// twice, no half surrogate pair, at most four levels. Only a ConfigurationException leaves.

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace PureDit.Training;

internal static class ConfigurationText
{
    private const int Largest = 1 << 20;
    private const int LargestDepth = 4;
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] ReadFile(string path, string source)
    {
        if (Directory.Exists(path)) throw new ConfigurationException($"{source}: this is a folder; name a file.");
        FileInfo file = new(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        if (file.Exists && file.Length is 0 or > Largest) throw WrongLength(source, file.Length);
        return File.ReadAllBytes(path);
    }

    public static byte[] ToUtf8(string text, string source)
    {
        try
        {
            return s_strict.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ConfigurationException($"{source}: expected Unicode text, got half of a surrogate pair.", e);
        }
    }

    public static JsonObject Parse(ReadOnlySpan<byte> utf8, string source)
    {
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..]; // a mark some editors put there, which says UTF-8
        if (utf8.Length is 0 or > Largest) throw WrongLength(source, utf8.Length);
        if (!Utf8.IsValid(utf8)) throw new ConfigurationException($"{source}: expected UTF-8; save the file in that encoding.");
        try
        {
            RefuseHalfSurrogates(utf8);
            return JsonNode.Parse(utf8, documentOptions: new() { MaxDepth = LargestDepth, AllowDuplicateProperties = false }) is { } node
                ? node as JsonObject ?? throw new ConfigurationException($"{source}: expected a JSON object, got {node.GetValueKind()}.")
                : throw new ConfigurationException($"{source}: expected a JSON object, got null.");
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{source}: not a JSON configuration: {Shortened(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new ConfigurationException($"{source}: not a JSON configuration: a text escapes half of a surrogate pair.", e);
        }
    }

    // Out of a file into a message: a name or value of a megabyte would bury what the message has to say.
    public static string Shortened(string text) => text.Length <= 200 ? text : text[..200] + "…";

    // Unescaping such a half throws, and would do so later, when a name or a text is asked for.
    private static void RefuseHalfSurrogates(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = LargestDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped) reader.GetString();
        }
    }

    private static ConfigurationException WrongLength(string source, long length) =>
        new($"{source}: not a JSON configuration: expected 1 to {Largest} bytes, got {length}.");
}
