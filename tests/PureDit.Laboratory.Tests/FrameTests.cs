namespace PureDit.Laboratory.Tests;

public sealed class FrameTests : IDisposable
{
    private static readonly ExperimentOptions Options = new(Quick: true, Seeds: 2);
    private readonly LaboratoryFolder _folder = new(Directory.CreateTempSubdirectory("puredit-lab-").FullName);

    public void Dispose() => Directory.Delete(_folder.FolderPath, recursive: true);

    [Theory]
    [InlineData(BoundKind.AtMost, 0.1, true)]
    [InlineData(BoundKind.AtMost, 0.2, true)]
    [InlineData(BoundKind.AtMost, 0.3, false)]
    [InlineData(BoundKind.AtLeast, 0.1, false)]
    [InlineData(BoundKind.AtLeast, 0.2, true)]
    [InlineData(BoundKind.AtMost, double.NaN, false)]
    [InlineData(BoundKind.AtLeast, double.NaN, false)]
    [InlineData(BoundKind.AtMost, double.PositiveInfinity, false)]
    public void Verdict_IsTheBound_AndNaNNeverPasses(BoundKind kind, double value, bool pass)
    {
        Criterion criterion = new("c", value, 0.2) { Kind = kind };
        Assert.Equal(pass, criterion.Pass);
        Assert.Equal(pass ? "passed" : "FAILED", criterion.Verdict);
    }

    [Fact]
    public void Control_ThatPassesToo_IsSaid() =>
        Assert.Contains("so does the control", new Criterion("c", 0.1, 0.2) { Control = 0.15 }.Verdict, StringComparison.Ordinal);

    [Fact]
    public void Worst_IsTheLargestWithItsSeed_AndNaNIsWorse()
    {
        Worst worst = new();
        Assert.True(double.IsNaN(worst.AtMost("none", 1).Value)); // nothing measured is nothing passed
        worst.Add(0.5, 0, "a");
        worst.Add(0.7, 3, "b");
        worst.Add(0.6, 4, "c");
        Criterion criterion = worst.AtMost("c", 1);
        Assert.Equal((0.7, 3, "worst of 3: b"), (criterion.Value, criterion.Seed, criterion.Note));
        worst.Add(double.NaN, 5, "d");
        worst.Add(0.9, 6, "e");
        Assert.False(worst.AtMost("c", 1).Pass);
    }

    [Fact]
    public void Fit_OfALine_IsTheLine()
    {
        double[] x = [1, 2, 5, 7];
        LineFit fit = LineFit.Of(x, [.. x.Select(v => 3 - (2 * v))]);
        Assert.Equal(-2, fit.Slope, 12);
        Assert.Equal(3, fit.Intercept, 12);
        Assert.True(double.IsNaN(LineFit.Of([1], [1]).Slope));
        Assert.Equal(new Spread(3, 2), Spread.Of([1, 3, 5]));
    }

    [Fact]
    public void Csv_QuotesWhatItMust_AndKeepsAllDigits()
    {
        ResultTable table = new("t", ["a,b", "c"], [[ResultTable.Cell(0.1 + 0.2), "say \"x\""], [ResultTable.Cell(double.NaN), "two\nlines"]]);
        Assert.Equal("\"a,b\",c\n0.30000000000000004,\"say \"\"x\"\"\"\nNaN,\"two\nlines\"\n", table.ToCsv());
        Assert.Throws<InvalidOperationException>(() => new ResultTable("t", ["a", "b"], [["1"]]).ToCsv());
    }

    [Fact]
    public void Failure_IsSaid_WithWhatWasTried()
    {
        List<FinishedExperiment> done = Run(new Planned("good", 0.1), new Planned("bad", 0.3));
        string html = LaboratoryReport.Html(LaboratorySubject.All[0], done, "command", "machine");
        Assert.Contains("2 criteria, 1 passed, 1 FAILED.", html, StringComparison.Ordinal);
        Assert.Contains("FAILED: number. Tried: everything", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Tried", LaboratoryReport.Html(LaboratorySubject.All[0], done[..1], "command", "machine"), StringComparison.Ordinal);
        Assert.Equal(["true", "false"], LaboratoryReport.Criteria(done).Rows.Select(row => row[5]));
        Assert.Equal(["<=", "<="], LaboratoryReport.Criteria(done).Rows.Select(row => row[3]));
    }

    [Fact]
    public void FinishedExperiment_IsReused_OnlyWithEqualOptions()
    {
        Planned experiment = new("one", double.NaN);
        FinishedExperiment first = Assert.Single(Run(experiment)), again = Assert.Single(Run(experiment));
        Assert.Equal((1, false, true), (experiment.Runs, first.Reused, again.Reused));
        Assert.Equal(first.Result.Criteria, again.Result.Criteria); // NaN survives the file
        Assert.Equal(first.Result.Tables[0].ToCsv(), again.Result.Tables[0].ToCsv());
        Assert.Equal(first.Result.Figures, again.Result.Figures);
        Assert.Null(_folder.Read("one", Options with { Quick = false }));
        Assert.Null(_folder.Read("one", new(Quick: true, Seeds: 3)));
        File.WriteAllText(Path.Combine(_folder.FolderPath, "one.json"), "{\"result\":");
        Run(experiment);
        Assert.Equal(2, experiment.Runs);
        Assert.Equal(["one-figure.svg", "one-table.csv", "one.json"], Directory.GetFiles(_folder.FolderPath).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FinishedExperiment_OfOtherCode_IsNotReused_AndThatIsSaid()
    {
        Planned experiment = new("one", 0.1);
        Run(experiment);
        string path = Path.Combine(_folder.FolderPath, "one.json"), json = File.ReadAllText(path), code = $",\"code\":\"{LaboratoryCode.Identity}\"";
        Assert.Contains(code, json, StringComparison.Ordinal);
        foreach (string other in (string[])[",\"code\":\"0123456789abcdef\"", ""]) // the second is what was written before codes were
        {
            File.WriteAllText(path, json.Replace(code, other, StringComparison.Ordinal));
            List<string> notices = [];
            Assert.Null(_folder.Read("one", Options, new Heard<string>(notices)));
            Assert.Contains("made by other code", Assert.Single(notices), StringComparison.Ordinal);
        }

        Run(experiment);
        Assert.Equal(2, experiment.Runs);
        Assert.True(_folder.Read("one", Options)!.Reused);
    }

    [Fact]
    public void CodeIdentity_IsOfEveryAssemblyThatTakesPart()
    {
        HashSet<string> found = [];
        void Add(System.Reflection.Assembly assembly)
        {
            if (!found.Add(assembly.GetName().Name!)) return;
            foreach (System.Reflection.AssemblyName name in assembly.GetReferencedAssemblies().Where(n => n.Name!.StartsWith("PureDit.", StringComparison.Ordinal))) Add(System.Reflection.Assembly.Load(name));
        }

        Add(typeof(LaboratoryCode).Assembly);
        Assert.Equal(found.Order(StringComparer.Ordinal), LaboratoryCode.Parts.Select(part => part.Assembly.GetName().Name!).Order(StringComparer.Ordinal));
        Assert.Equal(16, LaboratoryCode.Identity.Length);
    }

    [Fact]
    public void Cancellation_KeepsWhatIsDone()
    {
        using CancellationTokenSource stop = new();
        List<FinishedExperiment> done = [];
        Assert.Throws<OperationCanceledException>(() => LaboratoryRun.Run(
            [new Planned("one", 0), new Planned("two", 0)], Options, _folder, TimeProvider.System,
            at =>
            {
                done.Add(at);
                stop.Cancel();
            },
            cancellation: stop.Token));
        Assert.Equal("one", Assert.Single(done).Result.Experiment);
        Assert.NotNull(_folder.Read("one", Options));
    }

    [Fact]
    public void Options_OfNoSeeds_Throw() => Assert.Throws<ArgumentOutOfRangeException>(() => new ExperimentOptions(Quick: true, Seeds: 0));

    private List<FinishedExperiment> Run(params IExperiment[] experiments)
    {
        List<FinishedExperiment> done = [];
        LaboratoryRun.Run(experiments, Options, _folder, TimeProvider.System, done.Add);
        return done;
    }

    private sealed class Heard<T>(List<T> values) : IProgress<T>
    {
        public void Report(T value) => values.Add(value);
    }

    private sealed class Planned(string name, double value) : IExperiment
    {
        public int Runs { get; private set; }

        public string Name => name;

        public string Question => "Is it small?";

        public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress, CancellationToken cancellation)
        {
            Runs++;
            return new(name, Question, options)
            {
                Criteria = [new("number", value, 0.2)],
                Tables = [new("table", ["a"], [["1"]])],
                Figures = [new("figure", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", "nothing")],
                Text = "Done.",
                Tried = "everything",
            };
        }
    }
}
