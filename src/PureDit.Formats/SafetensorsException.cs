namespace PureDit.Formats;

/// <summary>A file is not a valid safetensors file, or does not hold what was asked of it.</summary>
public sealed class SafetensorsException : FormatException
{
    internal SafetensorsException(SafetensorsRule rule, string file, string what, Exception? inner = null)
        : base($"{Printable.Text(file)}: {what}", inner)
    {
        Rule = rule;
        File = file;
    }

    /// <summary>The rule that was broken.</summary>
    public SafetensorsRule Rule { get; }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }
}
