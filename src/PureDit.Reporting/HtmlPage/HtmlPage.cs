// A whole HTML document in one file: style inside, drawings inside, no script, and a policy that forbids the browser
// to fetch anything. Follows the reader's light or dark setting; laid out for a phone first.

using System.Text;

namespace PureDit.Reporting;

/// <summary>A self-contained HTML page of sections.</summary>
/// <param name="title">Title of the page.</param>
/// <param name="lead">What the page says, in a sentence or two; may be empty.</param>
public sealed class HtmlPage(string title, string lead = "")
{
    private readonly List<(string Title, HtmlFragment Content)> _sections = [];

    /// <summary>Begins a section and returns its content, to be filled.</summary>
    /// <param name="heading">Heading; empty for a section without one.</param>
    public HtmlFragment Section(string heading)
    {
        HtmlFragment content = new();
        _sections.Add((heading, content));
        return content;
    }

    /// <summary>The page as HTML; equal pages give equal text.</summary>
    public string ToHtml()
    {
        StringBuilder html = new();
        string name = Markup.Escape(title);
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
            .Append("<title>").Append(name).Append("</title>\n<style>").Append(HtmlStyle.Css).Append("</style>\n</head>\n<body>\n<main>\n")
            .Append("<header><h1>").Append(name).Append("</h1>\n");
        if (lead.Length > 0) html.Append("<p class=\"lead\">").Append(Markup.Escape(lead)).Append("</p>\n");
        html.Append("</header>\n");
        foreach ((string heading, HtmlFragment content) in _sections)
        {
            html.Append("<section>\n");
            if (heading.Length > 0) html.Append("<h2>").Append(Markup.Escape(heading)).Append("</h2>\n");
            html.Append(content.ToHtml()).Append("</section>\n");
        }

        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }
}
