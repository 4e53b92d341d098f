using System.Globalization;
using System.Text;

namespace PureDit.Formats;

// Text out of a file, made fit for a message: control characters would drive the reader's terminal, and a name of a
// megabyte would bury what the message has to say.
internal static class Printable
{
    private const int LongestText = 256;

    public static string Text(string text)
    {
        StringBuilder printable = new();
        foreach (char c in text)
        {
            if (printable.Length >= LongestText) return printable.Append('…').ToString();
            if (IsHidden(c)) printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else printable.Append(c);
        }

        return printable.ToString();
    }

    // Format characters include the marks that reverse the direction of the text after them.
    private static bool IsHidden(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
