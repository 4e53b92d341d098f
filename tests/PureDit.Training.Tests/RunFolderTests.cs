namespace PureDit.Training.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puredit-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static TrainingProgress Report(long step) => new(step, 1.5, 0.5, 0.1, 1e-3, 2, 0.25, [1, double.NaN], [0.5, 0.5]);

    [Fact]
    public void Create_AnExistingRun_IsRefused()
    {
        RunFolder.Create(_root, "a", Tiny.Config);
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => RunFolder.Create(_root, "a", Tiny.Config));
        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithoutAName_TakesTheFirstFreeNumber()
    {
        RunFolder.Create(_root, "gp-002", Tiny.Config);
        Assert.Equal(["gp-001", "gp-003"], new[] { 1, 2 }.Select(_ => Path.GetFileName(RunFolder.Create(_root, null, Tiny.Config).FolderPath)));
    }

    [Fact]
    public void Create_ByManyAtOnce_GivesEachAFolderOfItsOwn_AndANameToOne()
    {
        string[] folders = new string[12];
        Parallel.For(0, folders.Length, i => folders[i] = RunFolder.Create(_root, null, Tiny.Config).FolderPath);
        Assert.Equal(folders.Length, folders.Distinct().Count());
        const int Names = 50, Threads = 4;
        int[] made = new int[Names];
        using Barrier together = new(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(Race))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(made, times => Assert.Equal(1, times));
        Assert.Equal(folders.Length + Names, Directory.GetDirectories(Path.Combine(_root, "runs")).Length); // nothing temporary is left

        void Race()
        {
            for (int name = 0; name < Names; name++)
            {
                together.SignalAndWait();
                try
                {
                    RunFolder.Create(_root, $"name-{name}", Tiny.Config).ReadConfig();
                    Interlocked.Increment(ref made[name]);
                }
                catch (ConfigurationException)
                {
                }
            }
        }
    }

    [Fact]
    public void Log_IsCutBackToAStep()
    {
        RunFolder folder = RunFolder.Create(_root, "a", Tiny.Config);
        using (LogFile log = folder.OpenLog()) foreach (long step in new[] { 10, 20, 30 }) log.Add(Report(step));
        using (LogFile log = folder.OpenLog(lastStep: 20)) log.Add(Report(25));
        Assert.Equal([10L, 20L, 25L], folder.ReadLog().Select(report => report.Step));
    }

    [Theory]
    [InlineData("nul")]
    [InlineData("Com7.x")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("/abs")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("-rf")]
    [InlineData("a.")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("é")]
    public void Create_NamesThatAreNoPlainFolder_AreRefused(string name)
    {
        Assert.Throws<ConfigurationException>(() => RunFolder.Create(_root, name, Tiny.Config));
        Assert.False(Directory.Exists(Path.Combine(_root, "runs")) && Directory.EnumerateFileSystemEntries(Path.Combine(_root, "runs")).Any());
    }

    [Fact]
    public void Open_AnUnknownRun_ListsThoseThereAre()
    {
        RunFolder.Create(_root, "first", Tiny.Config);
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => RunFolder.Open(_root, "second"));
        Assert.Contains("first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConfigAndLog_ReadBackWhatWasWritten_EvenIfTheLastLineIsTorn()
    {
        RunFolder folder = RunFolder.Create(_root, "a", Tiny.Config);
        folder.WriteConfig(Tiny.Config);
        using (LogFile log = folder.OpenLog())
        {
            log.Add(Report(10));
            log.Add(Report(20));
        }

        File.AppendAllText(folder.LogPath, "{\"step\": 30, \"lo");

        RunFolder opened = RunFolder.Open(_root, "a");
        Assert.Equal(Tiny.Config with { Columns = [] }, opened.ReadConfig() with { Columns = [] });
        IReadOnlyList<TrainingProgress> reports = opened.ReadLog();
        Assert.Equal([10L, 20L], reports.Select(report => report.Step));
        Assert.Equal([1, double.NaN], reports[0].LossByTime);
    }
}
