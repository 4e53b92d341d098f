// The page of a run: every criterion with its measured value, its bound and its verdict, then experiment by experiment
// what was asked, done and drawn. A criterion that fails is first of all said to fail.

using System.Globalization;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>Writes the page of a run of the laboratory.</summary>
public static class LaboratoryReport
{
    /// <summary>The page, one self-contained HTML document.</summary>
    /// <param name="subject">What they are about.</param>
    /// <param name="done">The experiments.</param>
    /// <param name="command">The command that made it.</param>
    /// <param name="machine">What it was run on.</param>
    public static string Html(LaboratorySubject subject, IReadOnlyList<FinishedExperiment> done, string command, string machine)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(done);
        Criterion[] all = [.. done.SelectMany(d => d.Result.Criteria)];
        int passed = all.Count(c => c.Pass);
        HtmlPage page = new(
            subject.Title,
            $"{done.Count} experiments, {all.Length} criteria, {passed} passed"
            + (passed == all.Length ? "." : $", {all.Length - passed} FAILED."));
        page.Section("Criteria")
            .Table(
                ["experiment", "criterion", "measured", "bound", "verdict", "floor", "control", "seed"],
                [.. done.SelectMany(d => d.Result.Criteria.Select(c => new[]
                {
                    d.Result.Experiment, c.Name, Number(c.Value), c.BoundText, c.Verdict, Number(c.Floor), Number(c.Control),
                    c.Seed?.ToString(CultureInfo.InvariantCulture) ?? "–",
                }))])
            .Paragraph(
                "Over several seeds the measured value is the worst, and the seed is the one that gave it; a dash means that nothing is random. "
                + "The floor is what the number cannot be expected to go below, the control the same measurement where it should fail.")
            .Paragraph(subject.Source);
        if (subject.Claims.Count > 0) page.Section("Claims").Table(["claim", "experiment", "what is measured", "criteria"], [.. subject.Claims.Select(c => Row(c, done))]);
        foreach (FinishedExperiment at in done) Experiment(page, at);
        page.Section("The run").Table(["what", "value"],
            [["command", command], ["machine", machine], ["code", LaboratoryCode.Identity], .. done.Select(d => new[]
            {
                d.Result.Experiment,
                string.Create(CultureInfo.InvariantCulture, $"{d.Seconds:0.0} s, {(d.Result.Options.Quick ? "quick" : "full")}, {d.Result.Options.Seeds} seeds{(d.Reused ? ", from an earlier run" : "")}"),
            })]);
        return page.ToHtml();
    }

    private static string[] Row(Claim claim, IReadOnlyList<FinishedExperiment> done)
    {
        FinishedExperiment? at = done.FirstOrDefault(d => d.Result.Experiment == claim.Experiment);
        string verdict = at is null ? "not run" : $"{at.Result.Criteria.Count(c => c.Pass)} of {at.Result.Criteria.Count} passed";
        return [claim.Statement, claim.Experiment, claim.Test, verdict];
    }

    /// <summary>All criteria as a table.</summary>
    /// <param name="done">The experiments.</param>
    public static ResultTable Criteria(IReadOnlyList<FinishedExperiment> done) => new(
        "criteria", ["experiment", "criterion", "value", "relation", "bound", "pass", "seed", "floor", "control", "note"],
        [.. done.SelectMany(d => d.Result.Criteria.Select(c => new[]
        {
            d.Result.Experiment, c.Name, ResultTable.Cell(c.Value), c.Kind == BoundKind.AtMost ? "<=" : ">=", ResultTable.Cell(c.Bound),
            c.Pass ? "true" : "false", c.Seed?.ToString(CultureInfo.InvariantCulture) ?? "",
            c.Floor is { } floor ? ResultTable.Cell(floor) : "", c.Control is { } control ? ResultTable.Cell(control) : "", c.Note,
        }))]);

    private static void Experiment(HtmlPage page, FinishedExperiment done)
    {
        ExperimentResult result = done.Result;
        string[] failed = [.. result.Criteria.Where(c => !c.Pass).Select(c => c.Name)];
        HtmlFragment section = page.Section(result.Experiment).Paragraph(result.Question);
        if (failed.Length > 0) section.Paragraph($"FAILED: {string.Join("; ", failed)}. Tried: {result.Tried}");
        section.Paragraph(result.Text)
            .Table(
                ["criterion", "measured", "bound", "verdict", "made of"],
                [.. result.Criteria.Select(c => new[] { c.Name, Number(c.Value), c.BoundText, c.Verdict, c.Note })])
            .Figures([.. result.Figures.Select(f => new Figure(f.Svg, f.Caption))]);
        foreach (ResultTable table in result.Tables)
        {
            section.Details($"{result.Experiment}-{table.Name}.csv", new HtmlFragment().Table(
                table.Columns, [.. table.Rows.Select(row => row.Select(ResultTable.Shown).ToArray())]));
        }
    }

    private static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "–";
}
