using PureDit.Fuzz;

namespace PureDit.Formats.Tests;

// The fuzz program's inputs, a few of them for every run of the tests; how to run millions stands in its Program.cs.
public class FuzzTests
{
    private const int Inputs = 20_000;

    public static TheoryData<string> Names => [.. FuzzRun.Formats.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void ChangedFiles_AreRefusedOrSurvive(string name)
    {
        IFuzzFormat format = FuzzRun.Formats.Single(format => format.Name == name);
        FuzzResult result = new FuzzRun(format, seed: 20260714, threads: 2).Run(Inputs, TimeSpan.FromMinutes(5));
        Assert.True(result.Failures.Count == 0, string.Join('\n', result.Failures.Select(f => $"{Convert.ToHexString(f.Input)}: {f.Error}")));
        Assert.Equal(Inputs, result.Inputs);
        Assert.InRange(result.Accepted, Inputs / 50, Inputs / 2); // both ways are taken
    }

    [Fact]
    public void Input_DependsOnSeedAndIndexOnly()
    {
        IFuzzFormat format = FuzzRun.Formats[0];
        Assert.Equal(FuzzRun.Input(format, 3, 4711), FuzzRun.Input(format, 3, 4711));
        Assert.NotEqual(FuzzRun.Input(format, 3, 4711), FuzzRun.Input(format, 4, 4711));
        Assert.NotEqual(FuzzRun.Input(format, 3, 4711), FuzzRun.Input(format, 3, 4712));
    }
}
