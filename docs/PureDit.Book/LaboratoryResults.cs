// The page of the laboratory: what `lab gp all --quick` measures, by the same library call.

using PureDit.Laboratory;

namespace PureDit.Book;

public sealed class LaboratoryResults : IChapter
{
    private static readonly ExperimentOptions s_options = new(Quick: true, Seeds: 3); // those of the command line

    public string Name => "laboratory";

    public void Run(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [];
        foreach (IExperiment experiment in LaboratoryList.GaussianProcess)
        {
            ExperimentResult result = experiment.Run(s_options);
            foreach (Criterion c in result.Criteria)
            {
                rows.Add([result.Experiment, c.Name, c.Value, c.BoundText, c.Verdict, c.Control is { } control ? control : "–", c.Note]);
            }

            foreach (ResultFigure figure in result.Figures) output.Figure($"lab-{result.Experiment}-{figure.Name}", figure.Svg);
        }

        output.Table("lab-criteria", [new("experiment"), new("criterion"), new("measured", "G3"), new("bound"), new("verdict"), new("control", "G3"), new("made of")], rows);
    }
}
