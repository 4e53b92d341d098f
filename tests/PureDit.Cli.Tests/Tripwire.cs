namespace PureDit.Cli.Tests;

/// <summary>Does something as soon as a text has been written.</summary>
internal sealed class Tripwire(string text, Action action) : StringWriter
{
    private bool _sprung;

    public override void Write(string? value)
    {
        base.Write(value);
        if (_sprung || value?.Contains(text, StringComparison.Ordinal) != true) return;
        _sprung = true;
        action();
    }
}
