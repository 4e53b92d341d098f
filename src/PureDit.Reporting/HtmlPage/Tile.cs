namespace PureDit.Reporting;

/// <summary>How a number stands against what was hoped for.</summary>
public enum Verdict
{
    /// <summary>Not judged.</summary>
    None,

    /// <summary>As good as it can be expected to get.</summary>
    Good,

    /// <summary>Usable, with room.</summary>
    Fair,

    /// <summary>Not good enough.</summary>
    Poor,
}

/// <summary>A number to read first.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The number, formatted.</param>
/// <param name="Detail">What to hold it against, such as its floor; may be empty.</param>
/// <param name="Verdict">Judgement, shown by colour and by a word.</param>
public sealed record Tile(string Label, string Value, string Detail = "", Verdict Verdict = Verdict.None);

/// <summary>A drawing with its caption.</summary>
/// <param name="Svg">A whole SVG document, as the charts write it; it is trusted and not escaped.</param>
/// <param name="Caption">What to see in it; may be empty.</param>
public sealed record Figure(string Svg, string Caption = "");
