// The page on fast attention: what `lab latent scaling | bound | ablation | gradients --quick` measure on this machine, by the
// same library call. Times are of the machine that it ran on, which the page names.

using PureDit.Laboratory;

namespace PureDit.Book;

public sealed class FastAttentionResults : IChapter
{
    private static readonly ExperimentOptions s_options = new(Quick: true, Seeds: 3); // those of the command line
    private static readonly string[] s_experiments = ["scaling", "bound", "ablation", "gradients"];

    public string Name => "fast-attention";

    public void Run(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [];
        foreach (IExperiment experiment in LaboratoryList.Latent.Where(e => s_experiments.Contains(e.Name)))
        {
            ExperimentResult result = experiment.Run(s_options);
            foreach (Criterion c in result.Criteria)
            {
                rows.Add([result.Experiment, c.Name, c.Value, c.BoundText, c.Verdict, c.Control is { } control ? control : "–", c.Note]);
            }

            foreach (ResultFigure figure in result.Figures) output.Figure($"lab-{result.Experiment}-{figure.Name}", figure.Svg);
            if (experiment.Name == "scaling") Write(output, result);
        }

        output.Table("linear-criteria", [new("experiment"), new("criterion"), new("measured", "G3"), new("bound"), new("verdict"), new("control", "G3"), new("made of")], rows);
    }

    private static void Write(BookOutput output, ExperimentResult result)
    {
        ResultTable crossovers = result.Tables.Single(table => table.Name == "crossovers"), others = result.Tables.Single(table => table.Name == "others");
        output.Table(
            "linear-crossovers",
            [
                new("d"), new("ε"), new("degree"), new("features"), new("L* counted"), new("L* planned"), new("measured"), new("both: planned"), new("both: measured"), new("at L"), new("speed-up", "G3"), new("both: speed-up", "G3"),
            ],
            [.. crossovers.Rows.Select(row => (IReadOnlyList<object>)[.. row.Select((cell, i) => i is >= 4 and <= 8 ? Length(cell) : (object)ResultTable.Shown(cell))])]);
        output.Table(
            "linear-others", [new("d"), new("ε"), new("method"), new("features"), new("largest error"), new("time over polynomial's")],
            [.. others.Rows.Select(row => (IReadOnlyList<object>)[.. row.Select(cell => (object)(cell == "NaN" ? "–" : ResultTable.Shown(cell)))])]);
    }

    private static object Length(string cell) => cell == "NaN" ? "none" : Math.Round(double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture));
}
