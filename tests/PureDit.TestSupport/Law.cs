using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace PureDit.TestSupport;

/// <summary>
/// Runs a property over generated values. The seed is fixed, so a run repeats; a failure prints the seed and the
/// shrunk counter-example. <c>PUREDIT_SEED=s,g</c> (two numbers, g odd) tries another seed; <c>PUREDIT_CASES=n</c> more cases.
/// </summary>
public static class Law
{
    private const int DefaultCases = 60;

    public static void Holds<T>(Arbitrary<T> values, Action<T> law, int cases = DefaultCases) =>
        Prop.ForAll(values, law).Check(Configuration(cases));

    public static void Holds<T>(Gen<T> values, Action<T> law, int cases = DefaultCases) =>
        Holds(values.ToArbitrary(), law, cases);

    private static Config Configuration(int cases)
    {
        string[] seed = (Environment.GetEnvironmentVariable("PUREDIT_SEED") ?? "20260714,20240723").Split(',');
        string? asked = Environment.GetEnvironmentVariable("PUREDIT_CASES");
        return Config.QuickThrowOnFailure
            .WithMaxTest(asked is null ? cases : int.Parse(asked, CultureInfo.InvariantCulture))
            .WithReplay(
                ulong.Parse(seed[0], CultureInfo.InvariantCulture),
                ulong.Parse(seed[1], CultureInfo.InvariantCulture));
    }
}
