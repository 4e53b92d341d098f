using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PureDit.Cli.Tests;

public sealed class SeriesTests : IDisposable
{
    private const int Rows = 200;
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Series_TrainsSamplesAndJudgesInTheUnitsOfTheData()
    {
        Write((row, _) => row);
        CommandResult run = Train("--columns", "north,south", "--json").Expect(0);
        Assert.Equal(JsonValueKind.Number, run.Json.GetProperty("relativeScoreError").ValueKind);
        Assert.Contains("Held-out denoising loss", run.Error, StringComparison.Ordinal);
        _runner.Run("sample", "s", "-n", "20", "-o", "s.csv").Expect(0);
        string[] lines = File.ReadAllLines(_runner.PathOf("s.csv"));
        Assert.Equal("sample,frame,north,south", lines[0]);
        Assert.Equal(1 + (20 * 8), lines.Length);
        double north = lines.Skip(1).Average(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture));
        Assert.InRange(north, 990, 1010); // 1000 ± 1 in the file, 0 ± 1 inside the model
    }

    [Fact]
    public void Series_AllColumns_AreTheNumericOnes()
    {
        Write((row, _) => row);
        Train("--columns", "all").Expect(0);
        JsonElement config = JsonDocument.Parse(File.ReadAllText(_runner.PathOf("runs", "s", "config.json"))).RootElement;
        Assert.Equal(2, config.GetProperty("channels").GetInt32());
        Assert.Equal(8, config.GetProperty("frames").GetInt32());
        Assert.Equal(_runner.PathOf("series.csv"), config.GetProperty("csv").GetString());
        _runner.Run("evaluate", "s").Expect(0);
    }

    [Fact]
    public void Series_EveryErrorNamesFileLineAndColumn()
    {
        Write((row, i) => i == 40 ? "2020-01-41,1,oops" : row);
        Train("--columns", "north,south").ExpectError(3, "series.csv", "line 42", "south", "oops");
        Write((row, i) => i == 40 ? "2020-01-41,,5" : row);
        Train("--columns", "north,south").ExpectError(3, "series.csv", "line 42", "north");
        Write((row, _) => row);
        Train("--columns", "nort").ExpectError(3, "series.csv", "nort", "north");
        Train("--columns", "north", "--window", "150").ExpectError(3, "series.csv", "150", "200 rows");
        Train("--columns", "north,north").ExpectError(2, "columns");
        Write((row, i) => i == 40 ? "2020-01-41,,5" : row);
        Train("--columns", "north,south", "--missing", "fill").Expect(0);
        _runner.Run("train", "series").ExpectError(2, "--csv");
        _runner.Run("train", "series", "--csv", "none.csv").ExpectError(4, "none.csv");
    }

    private CommandResult Train(params string[] options)
    {
        string[] window = options.Contains("--window") ? [] : ["--window", "8"];
        return _runner.Run(["train", "series", "--csv", "series.csv", "--run", "s", .. CommandRunner.Tiny, .. window, .. options]);
    }

    private void Write(Func<string, int, string> change)
    {
        StringBuilder csv = new("day,north,south\n");
        for (int i = 0; i < Rows; i++)
        {
            string row = string.Create(CultureInfo.InvariantCulture, $"day {i},{1000 + Math.Sin(0.3 * i):R},{Math.Cos(1.7 * i * i):R}");
            csv.Append(change(row, i)).Append('\n');
        }

        File.WriteAllText(_runner.PathOf("series.csv"), csv.ToString());
    }
}
