using FsCheck;
using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess.Unrolled;
using PureDit.TestSupport;

namespace PureDit.GaussianProcess.Tests.Unrolled;

/// <summary>A process on whole frames with N ≠ d, non-trivial μ and Σ, a level and a lag to cut at.</summary>
internal sealed record StationaryCase(int Frames, int Channels, double Nu, double Ell, int Cut, double Time, int Seed)
{
    public NoiseLevel Level => NoiseLevel.FromTime(Time);

    public GaussianSequence Process() => new(
        Frames, Channels, Values.NormalDouble(Frames * Channels, Seed + 1),
        new ExponentialPower(Nu, Ell).Matrix(Frames), Matrices.RandomCovariance(Channels, Seed + 2));

    public TruncatedProcess Whole() => new(Process());

    public TruncatedProcess Truncated() => new(Process(), Math.Min(Cut, Frames - 1));

    public double[] Noisy()
    {
        GaussianSequence process = Process();
        double[] x = Values.NormalDouble(process.Size, Seed + 3);
        for (int i = 0; i < x.Length; i++) x[i] += Level.Alpha * process.Mean[i];
        return x;
    }

    public static double[] Centred(ScoreObjective objective, double[] x)
    {
        double[] c = new double[x.Length];
        objective.Centre(x, c);
        return c;
    }

    public static double[] Minimiser(ScoreObjective objective, double[] x)
    {
        double[] s = new double[x.Length];
        objective.Minimiser(Centred(objective, x), s);
        return s;
    }

    public static UnrolledMethod[] Methods { get; } = Enum.GetValues<UnrolledMethod>();

    public static Gen<StationaryCase> All { get; } =
        from shape in Gen.Elements((2, 3), (3, 2), (5, 2), (7, 3), (1, 3), (4, 1), (11, 2))
        from kernel in Gen.Elements((1.0, 1.0), (1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (0.5, 2.0))
        from cut in Gen.Choose(0, 11)
        from time in Gen.Elements(0.03, 0.1, 0.5, 2.0)
        from seed in Gen.Choose(1, 1_000_000)
        select new StationaryCase(shape.Item1, shape.Item2, kernel.Item1, kernel.Item2, cut, time, seed);
}
