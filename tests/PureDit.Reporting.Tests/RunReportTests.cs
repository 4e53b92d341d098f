using PureDit.GaussianProcess;
using PureDit.Training;

namespace PureDit.Reporting.Tests;

public class RunReportTests
{
    private static readonly TrainingConfig s_config = new()
    {
        Frames = 5,
        Channels = 3,
        TrainingSequences = 64,
        Samples = 32,
        SamplerSteps = 3,
        EvaluationSequences = 16,
    };

    private static readonly RunFacts s_facts = new("a <b>", Steps: 1200, Seconds: 95, Parameters: 12345, "a machine", "today");

    private static EvaluationResult Result(SequenceData data) =>
        Evaluation.Run(s_config, new GaussianDenoiser(data.Judge), data, TimeProvider.System);

    private static TrainingProgress[] History(int reports) =>
    [
        .. Enumerable.Range(1, reports).Select(i => new TrainingProgress(
            i, 1 + (1.0 / i), 0.8, 0.1, 1e-3, i, (double)i / reports, [1, double.NaN, 0.5, 0.9], [0.8, 0.8, 0.5, 0.8])),
    ];

    [Fact]
    public void Report_OfTheTruth_ShowsEveryPart_AndFetchesNothing()
    {
        string html = RunReport.Html(s_facts, s_config, History(30), Result(GaussianProcessData.Draw(s_config)));
        foreach (string part in new[]
        {
            "How close it came", "Where the errors come from", "the sampler alone", "Learning", "closed-form minimum", "Covariance",
            "Real and generated sequences", "condition number", "a &lt;b&gt;", "&quot;trainingSequences&quot;: 64",
        })
        {
            Assert.Contains(part, html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.InRange(html.Length, 10_000, 400_000);
    }

    [Fact]
    public void Report_WithoutALog_IsStillWritten() =>
        Assert.Contains("relative score error", RunReport.Html(s_facts, s_config, [], Result(GaussianProcessData.Draw(s_config))), StringComparison.Ordinal);

    [Fact]
    public void Report_OfASeries_SaysThatTheJudgeIsAYardstick()
    {
        SequenceData drawn = GaussianProcessData.Draw(s_config);
        SequenceData series = drawn with { JudgeIsTruth = false, HeldOut = drawn.Training, ChannelNames = ["x", "y", "z"] };
        string html = RunReport.Html(s_facts, s_config, History(3), Result(series));
        Assert.Contains("a yardstick here and not the truth", html, StringComparison.Ordinal);
        Assert.DoesNotContain("✓ good", html, StringComparison.Ordinal);
    }
}
