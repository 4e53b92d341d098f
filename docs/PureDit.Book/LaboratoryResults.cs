// The pages of the laboratory: what `lab SUBJECT all --quick` measures, by the same library call; every criterion, a
// summary of a line per experiment, and on which machine it took how long.

using PureDit.Laboratory;

namespace PureDit.Book;

/// <param name="page">The page without its extension.</param>
/// <param name="prefix">What the names of its figures and of its tables begin with.</param>
/// <param name="experiments">What is run.</param>
public sealed class LaboratoryResults(string page, string prefix, IReadOnlyList<IExperiment> experiments) : IChapter
{
    private static readonly ExperimentOptions s_options = new(Quick: true, Seeds: 3); // those of the command line

    public string Name => page;

    public void Run(BookOutput output)
    {
        List<IReadOnlyList<object>> rows = [], summary = [];
        long start = TimeProvider.System.GetTimestamp();
        int passed = 0;
        foreach (IExperiment experiment in experiments)
        {
            long begun = TimeProvider.System.GetTimestamp();
            ExperimentResult result = experiment.Run(s_options);
            foreach (Criterion c in result.Criteria)
            {
                rows.Add([result.Experiment, c.Name, c.Value, c.BoundText, c.Verdict, c.Control is { } control ? control : "–", c.Floor is { } floor ? floor : "–", c.Note]);
            }

            string[] failed = [.. result.Criteria.Where(c => !c.Pass).Select(c => c.Name)];
            passed += result.Criteria.Count - failed.Length;
            summary.Add(
            [
                result.Experiment, result.Question, $"{result.Criteria.Count - failed.Length} of {result.Criteria.Count}",
                failed.Length == 0 ? "–" : string.Join("; ", failed), TimeProvider.System.GetElapsedTime(begun).TotalSeconds,
            ]);
            FastAttentionTables.Write(output, result);
            foreach (ResultFigure figure in result.Figures) output.Figure($"{prefix}-{result.Experiment}-{figure.Name}", figure.Svg);
        }

        output.Table($"{prefix}-criteria",
            [new("experiment"), new("criterion"), new("measured", "G3"), new("bound"), new("verdict"), new("control", "G3"), new("floor", "G3"), new("made of")], rows);
        output.Table($"{prefix}-summary", [new("experiment"), new("question"), new("criteria kept"), new("not kept"), new("seconds", "F0")], summary);
        output.Numbers($"{prefix}-run",
            ("experiments", experiments.Count), ("criteria", rows.Count), ("passed", passed),
            ("seconds", TimeProvider.System.GetElapsedTime(start).TotalSeconds), ("machine", $"{Environment.ProcessorCount} cores, {Timing.Processor()}"));
    }
}
