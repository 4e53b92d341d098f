namespace PureDit.Formats;

/// <summary>A file is not a NumPy array file that can be read, or does not hold what was asked of it.</summary>
public sealed class NpyException : FormatException
{
    internal NpyException(string file, string what)
        : base($"{Printable.Text(file)}: {what}") => File = file;

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }
}
