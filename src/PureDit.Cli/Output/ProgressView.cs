// How far a long command is: on a terminal two lines that are drawn over, elsewhere a plain line per tenth of a stage
// or per five seconds. Draws only when it is told something, on the caller's thread.

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PureDit.Cli;

/// <summary>State of a long command.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Share of it that is done, 0 to 1.</param>
/// <param name="Details">Numbers of the moment; may be empty.</param>
internal readonly record struct Status(string Stage, double Done, string Details = "");

/// <summary>Shows the progress of a long command.</summary>
internal sealed class ProgressView : IProgress<Status>
{
    private const int BarWidth = 40, Tenths = 10;
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);
    private readonly Invocation _invocation;
    private readonly LiveDisplayContext? _live;
    private string? _stage;
    private int _tenth;
    private long _printed;

    private ProgressView(Invocation invocation, LiveDisplayContext? live) => (_invocation, _live) = (invocation, live);

    /// <summary>Runs something that reports its progress.</summary>
    public static T Run<T>(Invocation invocation, Func<ProgressView, T> work) => invocation.Live
        ? invocation.Screen.Live(new Text("")).AutoClear(true).Start(context => work(new ProgressView(invocation, context)))
        : work(new ProgressView(invocation, live: null));

    /// <inheritdoc/>
    public void Report(Status value)
    {
        if (_live is not null) _live.UpdateTarget(Draw(value));
        else if (IsDue(value)) _invocation.Line(Plain(value));
    }

    private bool IsDue(Status status)
    {
        int tenth = (int)(status.Done * Tenths);
        TimeProvider clock = _invocation.Host.Clock;
        if (status.Stage == _stage && tenth == _tenth && clock.GetElapsedTime(_printed) < PlainInterval) return false;
        (_stage, _tenth, _printed) = (status.Stage, tenth, clock.GetTimestamp());
        return true;
    }

    private static string Plain(Status status) =>
        string.Create(CultureInfo.InvariantCulture, $"{status.Stage} {100 * status.Done,3:0} %  {status.Details}").TrimEnd();

    private static Rows Draw(Status status)
    {
        int filled = (int)Math.Round(BarWidth * Math.Clamp(status.Done, 0, 1));
        Paragraph bar = new($"{status.Stage}  ");
        bar.Append(new string('━', filled), new Style(Color.Green)).Append(new string('─', BarWidth - filled), new Style(Color.Grey));
        bar.Append(string.Create(CultureInfo.InvariantCulture, $" {100 * status.Done,3:0} %"));
        IRenderable details = new Text(status.Details);
        return new Rows(bar, details);
    }
}
