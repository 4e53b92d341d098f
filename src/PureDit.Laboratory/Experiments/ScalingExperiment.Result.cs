// Verdicts, tables and drawings of the experiment.

using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

public sealed partial class ScalingExperiment
{
    private ExperimentResult Result(ExperimentOptions options, List<Cell> cells, List<double> parts)
    {
        int end = cells[0].Lengths.Length - 1;
        Worst asked = new(), forward = new(), both = new(), exact = new(), cited = new(), crossover = new(), planned = new(), fewest = new(), time = new(), equal = new(), taylor = new();
        foreach (Cell cell in cells)
        {
            string at = FormattableString.Invariant($"d = {cell.HeadSize}, ε = {cell.Error}");
            for (int seed = 0; seed < options.Seeds; seed++)
            {
                for (int i = 0; i <= end; i++) asked.Add(cell.Errors[seed][i] / cell.Error, seed, $"{at}, L = {cell.Lengths[i]}");
                Found found = cell.Others[seed];
                (int Count, double Error)? favor = OtherAttention.Reaches(found.Tried.Favor, cell.Error);
                if (cell is { Error: Loose, HeadSize: <= 4 }) fewest.Add(found.Features / (double)(favor?.Count ?? found.Tried.Favor[^1].Count), seed, $"{at}, m {(favor is null ? "more than " : "= ")}{favor?.Count ?? found.Tried.Favor[^1].Count}");
                taylor.Add(cell.Error == Tight ? -found.Tried.Taylor.Error / cell.Error : double.NegativeInfinity, seed, at);
                foreach (double[] over in new[] { found.FavorOver, found.NystroemOver })
                {
                    if (over.Length == 0) continue;
                    time.Add(1 / Turns.Median(over), seed, at);
                    equal.Add(Turns.Median(found.Equal) / Turns.Median(over), seed, at);
                }
            }

            forward.Add(cell.Slope(2), null, at);
            both.Add(cell.Slope(3), null, at);
            exact.Add(Math.Abs(cell.Slope(0) - 2), null, FormattableString.Invariant($"{at}, slope {cell.Slope(0):F3}"));
            double measured = cell.MeasuredCrossover(both: false);
            double octaves = Math.Abs(PortableMath.Log(measured / cell.Crossover) / PortableMath.Log(2));
            string crossovers = FormattableString.Invariant($"{at}: measured {measured:F0}, L* = {cell.Crossover:F0}");
            if (cell is { HeadSize: 4, Error: Tight }) cited.Add(octaves, null, crossovers);
            crossover.Add(octaves, null, crossovers);
            planned.Add(Math.Abs(PortableMath.Log(measured / cell.PlannedCrossover) / PortableMath.Log(2)), null, FormattableString.Invariant($"{at}: measured {measured:F0}, plan {cell.PlannedCrossover:F0}"));
        }

        double exactSlope = cells.Min(cell => cell.Slope(0)), exactBoth = cells.Min(cell => cell.Slope(1));
        Cell four = cells.Single(cell => cell is { HeadSize: 4, Error: Tight }), eight = cells.Single(cell => cell is { HeadSize: 8, Error: Loose });
        return new(Name, Question, options)
        {
            Criteria =
            [
                asked.AtMost("output error over the error asked", 1) with { Control = -taylor.Value, Note = $"{asked.AtMost("", 0).Note}; control: the second-order Taylor polynomial at ε = {Tight}, its least" },
                Time(new(FormattableString.Invariant($"d = 4, ε = {Tight}: slope of ln time against ln L from 4096 on, forward"), four.Slope(2), 1.05) { Control = four.Slope(0) }),
                Time(new("the same, forward and backward", four.Slope(3), 1.05) { Control = four.Slope(1) }),
                Time(forward.AtMost("slope of ln time against ln L from 4096 on, forward", 1.05)) with { Control = exactSlope },
                Time(both.AtMost("slope of ln time against ln L from 4096 on, forward and backward", 1.05)) with { Control = exactBoth },
                Time(exact.AtMost("the same of exact attention: distance from 2", 0.1)),
                Time(new("exact attention of a part of the queries, scaled, against all of them: |ln|", Turns.Median(parts), 0.2)),
                Time(cited.AtMost(FormattableString.Invariant($"d = 4, ε = {Tight}: measured crossover over L*, forward: |log₂|"), 1)),
                Time(crossover.AtMost("measured crossover over L*, forward: |log₂|", 1)),
                Time(planned.AtMost("measured crossover over that of the plan's own costs, forward: |log₂|", 1)),
                Speedup(four, false),
                Speedup(four, true),
                Speedup(eight, false),
                Speedup(eight, true),
                fewest.AtMost("features over those FAVOR+ needs for an error of 1e-2, d ≤ 4", 0.1),
                Time(new("time over that of the fastest of FAVOR+ and Nyström that reaches the error, degree by its bound", time.Count == 0 ? 0 : time.Value, 1) { Seed = time.Seed, Note = time.Count == 0 ? "none reached it" : time.At }),
                Time(new("the same, degree by the measured error too", equal.Count == 0 ? 0 : equal.Value, 1) { Seed = equal.Seed, Note = equal.Count == 0 ? "none reached it" : equal.At }),
            ],
            Tables = [Crossovers(cells), Lengths(cells), Others(cells)],
            Figures = [TimeFigure(four, options), SpeedupFigure(cells, options), ErrorFigure(cells, options)],
            Text = FormattableString.Invariant($"One head, R = {Radius}, values ±1 by the side of a plane that their key is on, {options.Seeds} seeds, one thread each; errors on {Rows} rows against double, in units of half the range of the values. ")
                + "Exact attention above 2²³ pairs is timed for a part of the queries and scaled; sequences below 4096 tokens come in batches of 4096 tokens. "
                + "The others double their features until the measured error is what was asked, the polynomial's degree follows from its bound: that is kinder to them, and the degree that the measured error needs stands beside it. "
                + "Landmarks are means of stretches of keys in random order, which is how keys come here and the worst case for them.",
            Tried = "Turns of a millisecond in rounds, medians of ratios; slopes of medians of lengths that were timed one after the other, which a change of the machine's speed bends. What a slope has above 1 is memory: 4096 tokens lie in a cache, 65536 at d = 8 do not, and each of four passes reads them all; "
                + "that the passes go there and back over the sequence helps, asking early for the next rows did not. L* counts an exponential as 20 operations; in vectors it costs less than half of that, and each pass over a token has costs of its own that no count of features sees: "
                + "measured crossovers lie above it, most where features are few. The plan decides by measured costs, and its crossover is judged beside.",
        };

        Criterion Speedup(Cell cell, bool both)
        {
            double[] seeds = cell.Speedups(both, end);
            return Time(new(
                FormattableString.Invariant($"speed-up at L = {cell.Lengths[end]}, d = {cell.HeadSize}, ε = {cell.Error}, {(both ? "forward and backward" : "forward")}"), cell.Speedup(both, end), 100)
            {
                Kind = BoundKind.AtLeast,
                Note = $"{Spread.Of(seeds)} over seeds",
            });
        }
    }

    private static Criterion Time(Criterion criterion) =>
        criterion with { Note = criterion.Note.Length == 0 ? Turns.Note : $"{criterion.Note}; {Turns.Note}" };

    private static ResultTable Crossovers(List<Cell> cells) => new(
        "crossovers", ["d", "error", "degree", "features", "crossover_counted", "crossover_planned", "crossover_forward", "crossover_both_planned", "crossover_both", "length", "speedup_forward", "speedup_both"],
        [.. cells.Select(cell => new[]
        {
            cell.HeadSize, cell.Error, cell.Plans[^1].Degree, cell.Plans[^1].Features, cell.Crossover, cell.PlannedCrossover, cell.MeasuredCrossover(false), cell.Plans[^1].Crossover,
            cell.MeasuredCrossover(true), cell.Lengths[^1], cell.Speedup(false, cell.Lengths.Length - 1), cell.Speedup(true, cell.Lengths.Length - 1),
        }.Select(ResultTable.Cell).ToArray())]);

    private static ResultTable Lengths(List<Cell> cells) => new(
        "lengths", ["d", "error", "L", "exact_ms", "exact_both_ms", "polynomial_ms", "polynomial_both_ms", "speedup", "speedup_deviation", "speedup_both", "output_error", "certified_error"],
        [.. cells.SelectMany(cell => cell.Lengths.Select((length, i) => new[]
        {
            cell.HeadSize, cell.Error, length, Milliseconds(cell, 0, i), Milliseconds(cell, 1, i), Milliseconds(cell, 2, i), Milliseconds(cell, 3, i), cell.Speedup(false, i),
            Spread.Of(cell.Speedups(false, i)).Deviation, cell.Speedup(true, i), cell.Errors.Max(seed => seed[i]), 2 * cell.Plans[i].OutputError,
        }.Select(ResultTable.Cell).ToArray()))]);

    // Per sequence, not per batch.
    private static double Milliseconds(Cell cell, int what, int index) => 1e3 * cell.Median(what, index) / Math.Max(1, Tokens / cell.Lengths[index]);

    private static ResultTable Others(List<Cell> cells)
    {
        List<IReadOnlyList<string>> rows = [];
        foreach (Cell cell in cells)
        {
            int at = Array.IndexOf(cell.Lengths, Math.Min(Tokens, cell.Lengths[^1]));
            Add("polynomial, degree by its bound", $"{cell.Others[0].Features}", cell.Errors.Max(seed => seed[at]), 1);
            (int Count, double Error)?[] degrees = [.. cell.Others.Select(found => OtherAttention.Reaches(found.Tried.Polynomial, cell.Error))];
            if (degrees.All(degree => degree is not null))
            {
                Add(
                    "polynomial, degree by its measured error", $"{MonomialTable.CountOf(cell.HeadSize, degrees.Max(degree => degree!.Value.Count))}",
                    degrees.Max(degree => degree!.Value.Error), Turns.Median(cell.Others.SelectMany(found => found.Equal)));
            }

            Sweep("FAVOR+", found => found.Tried.Favor, found => found.FavorOver);
            Sweep("Nyström", found => found.Tried.Nystroem, found => found.NystroemOver);
            double least = cell.Others.Max(found => found.Tried.Taylor.Error);
            Add("Taylor, degree 2", least <= cell.Error ? $"{MonomialTable.CountOf(cell.HeadSize, 2)}" : "does not reach it", least, least <= cell.Error ? Turns.Median(cell.Others.SelectMany(found => found.TaylorOver)) : double.NaN);

            void Sweep(string method, Func<Found, (int Count, double Error)[]> tried, Func<Found, double[]> over)
            {
                (int Count, double Error)?[] reached = [.. cell.Others.Select(found => OtherAttention.Reaches(tried(found), cell.Error))];
                bool all = reached.All(r => r is not null);
                Add(
                    method, all ? $"{reached.Max(r => r!.Value.Count)}" : $"not with {tried(cell.Others[0])[^1].Count}",
                    all ? reached.Max(r => r!.Value.Error) : cell.Others.Max(found => tried(found)[^1].Error),
                    all ? Turns.Median(cell.Others.SelectMany(over)) : double.NaN);
            }

            void Add(string method, string features, double error, double time) => rows.Add(
                [ResultTable.Cell(cell.HeadSize), ResultTable.Cell(cell.Error), method, features, ResultTable.Cell(error), ResultTable.Cell(time)]);
        }

        return new("others", ["d", "error", "method", "features", "largest_output_error", "time_over_polynomial"], rows);
    }

    private static ResultFigure TimeFigure(Cell cell, ExperimentOptions options)
    {
        double[] places = [.. cell.Lengths.Select(length => (double)length)];
        double[] Of(int what) => [.. places.Select((_, i) => Milliseconds(cell, what, i))];
        double[] Seeds(int what, Func<IEnumerable<double>, double> f) =>
            [.. places.Select((_, i) => 1e3 * f(cell.Times[what].Select(seed => Turns.Median(seed[i]))) / Math.Max(1, Tokens / cell.Lengths[i]))];
        LineChart chart = new()
        {
            Title = "Time of attention against length",
            Subtitle = FormattableString.Invariant($"d = {cell.HeadSize}, R = {Radius}, ε = {cell.Error}, one head, one thread; medians of {options.Seeds} seeds, bands from least to largest seed."),
            X = new Axis("length L", AxisScale.Log),
            Y = new Axis("milliseconds per sequence", AxisScale.Log),
            Curves =
            [
                new("exact, forward", places, Of(0)) { Color = PlotColor.Ink },
                new("exact, forward and backward", places, Of(1)) { Color = PlotColor.Ink, Mark = CurveMark.Dashed },
                new("polynomial, forward", places, Of(2)) { Color = PlotColor.Blue },
                new("polynomial, forward and backward", places, Of(3)) { Color = PlotColor.Blue, Mark = CurveMark.Dashed },
            ],
            Bands =
            [
                new("", places, Seeds(0, s => s.Min()), Seeds(0, s => s.Max())) { Color = PlotColor.Muted },
                new("", places, Seeds(2, s => s.Min()), Seeds(2, s => s.Max())) { Color = PlotColor.Blue },
            ],
        };
        return new("time", chart.ToSvg(), "Exact attention has slope 2, the polynomial 1. Long exact runs are of a part of the queries, scaled.");
    }

    private static ResultFigure SpeedupFigure(List<Cell> cells, ExperimentOptions options)
    {
        double[] places = [.. cells[0].Lengths.Select(length => (double)length)];
        LineChart chart = new()
        {
            Title = "Exact over polynomial, forward",
            Subtitle = FormattableString.Invariant($"Times of this machine, one thread, R = {Radius}; medians of {options.Seeds} seeds, bands from least to largest seed."),
            X = new Axis("length L", AxisScale.Log),
            Y = new Axis("speed-up", AxisScale.Log),
            Curves = [.. cells.Select(cell => new Curve(FormattableString.Invariant($"d = {cell.HeadSize}, ε = {cell.Error}"), places, [.. places.Select((_, i) => cell.Speedup(false, i))]))],
            Bands = [.. cells.Select(cell => new Band("", places, [.. places.Select((_, i) => cell.Speedups(false, i).Min())], [.. places.Select((_, i) => cell.Speedups(false, i).Max())]))],
            References = [new("equal", 1), new("a hundred times:", 100)],
        };
        return new("speedup", chart.ToSvg(), "Where a curve crosses 1, the polynomial begins to pay.");
    }

    private static ResultFigure ErrorFigure(List<Cell> cells, ExperimentOptions options)
    {
        Cell cell = cells.First(c => c.HeadSize == 4);
        List<Curve> curves = [];
        foreach ((string name, Func<Found, (int Count, double Error)[]> tried) in new (string, Func<Found, (int Count, double Error)[]>)[]
        {
            ("FAVOR+", found => found.Tried.Favor), ("Nyström", found => found.Tried.Nystroem),
        })
        {
            double[] counts = [.. tried(cell.Others[0]).Select(t => (double)t.Count)];
            curves.Add(new(name, counts, [.. counts.Select((_, i) => cell.Others.Average(found => tried(found)[i].Error))]) { Mark = CurveMark.LineAndPoints });
        }

        int at = Array.IndexOf(cell.Lengths, Math.Min(Tokens, cell.Lengths[^1]));
        Cell[] polynomials = [.. cells.Where(c => c.HeadSize == 4).OrderBy(c => c.Others[0].Features)];
        curves.Add(new("polynomial", [.. polynomials.Select(c => (double)c.Others[0].Features)], [.. polynomials.Select(c => c.Errors.Average(seed => seed[at]))]) { Mark = CurveMark.LineAndPoints });
        curves.Add(new("Taylor, degree 2", [MonomialTable.CountOf(4, 2)], [cell.Others.Average(found => found.Tried.Taylor.Error)]) { Mark = CurveMark.Points });
        LineChart chart = new()
        {
            Title = "Error of an output against the number of features",
            Subtitle = FormattableString.Invariant($"d = 4, R = {Radius}, L = {cell.Lengths[at]}; largest of {Rows} rows, mean of {options.Seeds} seeds."),
            X = new Axis("features or landmarks", AxisScale.Log),
            Y = new Axis("error, in units of half the range of the values", AxisScale.Log),
            Curves = curves,
            References = [new("asked:", Loose), new("asked:", Tight)],
        };
        return new("features", chart.ToSvg(), "Random features fall as one over the root of their number; polynomials by a factor per degree.");
    }
}
