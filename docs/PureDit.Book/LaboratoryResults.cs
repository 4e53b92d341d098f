// The pages of the laboratory: what `lab SUBJECT all --quick` measures, by the same library call.

using PureDit.Laboratory;

namespace PureDit.Book;

/// <param name="page">The page without its extension.</param>
/// <param name="prefix">What the names of its figures and of its table begin with.</param>
/// <param name="experiments">What is run.</param>
public sealed class LaboratoryResults(string page, string prefix, IReadOnlyList<IExperiment> experiments) : IChapter
{
    private static readonly ExperimentOptions s_options = new(Quick: true, Seeds: 3); // those of the command line

    public string Name => page;

    public void Run(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [];
        foreach (IExperiment experiment in experiments)
        {
            ExperimentResult result = experiment.Run(s_options);
            foreach (Criterion c in result.Criteria)
            {
                rows.Add([result.Experiment, c.Name, c.Value, c.BoundText, c.Verdict, c.Control is { } control ? control : "–", c.Note]);
            }

            foreach (ResultFigure figure in result.Figures) output.Figure($"{prefix}-{result.Experiment}-{figure.Name}", figure.Svg);
        }

        output.Table($"{prefix}-criteria", [new("experiment"), new("criterion"), new("measured", "G3"), new("bound"), new("verdict"), new("control", "G3"), new("made of")], rows);
    }
}
