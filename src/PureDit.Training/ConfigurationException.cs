namespace PureDit.Training;

/// <summary>A configuration that cannot be used; the message names the field, what was expected and what was given.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates the error.</summary>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its cause.</summary>
    public ConfigurationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
