using FsCheck;
using FsCheck.Fluent;

namespace PureDit.Diffusion.Tests;

/// <summary>Generators of levels, grids and modes, and what is common to the golden examples.</summary>
internal static class Cases
{
    /// <summary>λ of the golden examples.</summary>
    public const double Lambda = 3.7;

    /// <summary>Half a unit of the fifth decimal, for numbers printed to five.</summary>
    public const double FiveDecimals = 0.5e-5;

    /// <summary>
    /// Gains and responses carry one float rounding (6e-8) per step from the denoiser and up to three from the
    /// sampler; over 50 to 400 steps they add like a random walk. 2e-6 of the value is the bound that this gives.
    /// </summary>
    public const double FloatPath = 2e-6;

    /// <summary>The chain of the golden DDPM and DDIM examples: 50 steps, β from 1e-4 to 0.25, then clean.</summary>
    public static NoiseLevel[] GoldenChain { get; } = NoiseGrid.Respaced(DdpmSchedule.Linear(50, 1e-4, 0.25), 50);

    /// <summary>Variances from almost a point to broad, on a logarithmic scale.</summary>
    public static Gen<double> Mode { get; } = Between(Math.Log(0.05), Math.Log(20)).Select(Math.Exp);

    public static Gen<double[]> Modes { get; } = Gen.Choose(1, 5).SelectMany(n => Gen.ArrayOf(Mode, n));

    /// <summary>Levels with some noise.</summary>
    public static Gen<NoiseLevel> Level { get; } =
        Between(Math.Log(1e-4), Math.Log(9)).Select(x => NoiseLevel.FromTime(Math.Exp(x)));

    /// <summary>Grids of 1 to 40 steps of every make; half of them end at the clean level.</summary>
    public static Gen<NoiseLevel[]> Grid { get; } =
        from end in Between(2, 8)
        from start in Between(0.02, 0.5)
        from steps in Gen.Choose(1, 40)
        from make in Gen.Choose(0, 3)
        from clean in Gen.Elements(false, true)
        select Make(NoiseLevel.FromTime(end), NoiseLevel.FromTime(start), steps, make, clean);

    public static Gen<double> Between(double low, double high) =>
        Gen.Choose(0, 1 << 20).Select(i => low + ((high - low) * i / (1 << 20)));

    public static double[] Column(int count, Func<int, double> value)
    {
        double[] column = new double[count];
        for (int i = 0; i < count; i++) column[i] = value(i);
        return column;
    }

    private static NoiseLevel[] Make(NoiseLevel from, NoiseLevel to, int steps, int make, bool clean)
    {
        NoiseLevel[] grid = make switch
        {
            0 => NoiseGrid.UniformTime(from, to, steps),
            1 => NoiseGrid.UniformLogSnr(from, to, steps),
            2 => NoiseGrid.Karras(from, to, steps),
            _ => NoiseGrid.Respaced(DdpmSchedule.Linear(), steps),
        };
        return clean && grid[^1] != NoiseLevel.Clean ? [.. grid, NoiseLevel.Clean] : grid;
    }
}
