// Text that may stand inside SVG and HTML: the five markup characters escaped, and what XML 1.0 cannot hold at all
// (control characters, lone surrogates) replaced by U+FFFD.

using System.Text;

namespace PureDit.Reporting;

internal static class Markup
{
    private const char Replacement = '\uFFFD';

    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        StringBuilder result = new(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '&': result.Append("&amp;"); break;
                case '<': result.Append("&lt;"); break;
                case '>': result.Append("&gt;"); break;
                case '"': result.Append("&quot;"); break;
                case '\'': result.Append("&#39;"); break;
                case '\n' or '\t': result.Append(c); break;
                case '\r': break;
                case < ' ' or '\uFFFE' or '\uFFFF': result.Append(Replacement); break;
                default:
                    if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                    {
                        result.Append(c).Append(text[++i]);
                    }
                    else
                    {
                        result.Append(char.IsSurrogate(c) ? Replacement : c);
                    }

                    break;
            }
        }

        return result.ToString();
    }
}
