namespace PureDit.Nn;

/// <summary>A file is a valid safetensors file, but not the model or the reference that it should be.</summary>
public sealed class DiTFileException : FormatException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file as the caller named it.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="inner">What showed it, if that was an exception.</param>
    public DiTFileException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner) => File = file;

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }
}
