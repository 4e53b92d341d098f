using System.Globalization;
using PureDit.Formats;

namespace PureDit.Nn;

/// <summary>The pairs of a file's metadata as texts, numbers and truth values; what is missing or wrong is a <see cref="DiTFileException"/>.</summary>
/// <param name="file">The file.</param>
/// <param name="prefix">What the keys begin with.</param>
internal readonly struct MetadataPairs(SafetensorsFile file, string prefix)
{
    public string Text(string key) => file.Metadata.TryGetValue(prefix + key, out string? value) ? value : throw new DiTFileException(
        file.Name, $"metadata {prefix}{key}: expected, but missing.");

    public int Integer(string key) =>
        int.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Wrong(key, "an integer");

    public double Number(string key) =>
        double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Wrong(key, "a finite number");

    public bool Truth(string key) => bool.TryParse(Text(key), out bool value) ? value : throw Wrong(key, "true or false");

    /// <summary>Refuses any value but one.</summary>
    public void Require(string key, string expected)
    {
        if (Text(key) is { } actual && actual != expected) throw new DiTFileException(file.Name, $"metadata {prefix}{key}: expected {expected}, got {actual}.");
    }

    /// <summary>How a whole number is written.</summary>
    public static string Written(int value) => value.ToString(CultureInfo.InvariantCulture);

    private DiTFileException Wrong(string key, string expected) =>
        new(file.Name, $"metadata {prefix}{key}: expected {expected}, got '{Text(key)}'.");
}
