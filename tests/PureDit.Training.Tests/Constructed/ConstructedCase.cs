using FsCheck;
using FsCheck.Fluent;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.TestSupport;

namespace PureDit.Training.Tests.Constructed;

/// <summary>A process with N ≠ d and nothing trivial, a number of blocks and a noise level.</summary>
internal sealed record ConstructedCase(int Frames, int Channels, double Nu, double Ell, int Blocks, double Time, int Seed)
{
    public NoiseLevel Level => NoiseLevel.FromTime(Time);

    public static Gen<ConstructedCase> All { get; } =
        from shape in Gen.Elements((2, 3), (3, 2), (5, 2), (7, 3), (1, 3), (4, 1), (11, 2))
        from kernel in Gen.Elements((1.0, 1.0), (1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (0.5, 2.0))
        from blocks in Gen.Choose(1, 16)
        from time in Gen.Elements(0.02, 0.1, 0.5, 2.0, 6.0)
        from seed in Gen.Choose(1, 1_000_000)
        select new ConstructedCase(shape.Item1, shape.Item2, kernel.Item1, kernel.Item2, blocks, time, seed);

    public GaussianSequence Process()
    {
        double[] spatial = new double[Channels * Channels];
        for (int i = 0; i < spatial.Length; i++)
        {
            (int a, int b) = (i / Channels, i % Channels);
            spatial[i] = (1 + (0.3 * a)) * (1 + (0.3 * b)) * Math.Pow(-0.5, Math.Abs(a - b));
        }

        return new(Frames, Channels, Values.NormalDouble(Frames * Channels, Seed + 1), new ExponentialPower(Nu, Ell).Matrix(Frames), spatial);
    }

    /// <summary>x_t of three samples.</summary>
    public float[] Noisy()
    {
        GaussianSequence process = Process();
        float[] x = new float[3 * process.Size];
        process.Sample(new Philox((ulong)Seed, PhiloxStream.Data), 0, x);
        double[] noise = Values.NormalDouble(x.Length, Seed + 3);
        for (int i = 0; i < x.Length; i++) x[i] = (float)((Level.Alpha * x[i]) + (Level.Sigma * noise[i]));
        return x;
    }

    /// <summary>How far the network is from Richardson's iteration in double, over the exact score; and κ.</summary>
    public (double Difference, double Kappa) DistanceFromIteration(DiffusionModel model)
    {
        GaussianSequence process = Process();
        float[] x = Noisy(), predicted = new float[x.Length], exact = new float[x.Length], iterated = new float[x.Length];
        model.Denoiser(Cpu.Serial).Predict(Level, x, predicted);
        Prediction.Of(new GaussianDenoiser(process), PredictionKind.Noise, Level, x, exact);
        ScoreObjective objective = new(new TruncatedProcess(process), Level);
        UnrolledSchedule schedule = UnrolledSchedule.Richardson(objective.Smallest, objective.Largest, model.Network.Config.Depth);
        for (int k = 0; k < x.Length / process.Size; k++)
        {
            double[] sample = [.. x[(k * process.Size)..((k + 1) * process.Size)].Select(v => (double)v)];
            double[] score = GradientUnrolling.Run(objective, schedule, sample).Score;
            for (int i = 0; i < score.Length; i++) iterated[(k * process.Size) + i] = (float)(-Level.Sigma * score[i]);
        }

        double scale = Relative(iterated, exact) + 1; // iterates of few steps may be longer than the score
        return (Norm([.. predicted.Zip(iterated, (a, b) => (double)a - b)]) / Norm([.. exact.Select(v => (double)v)]) / scale, objective.ConditionNumber);
    }

    public static double Relative(float[] estimate, float[] truth) =>
        Norm([.. estimate.Zip(truth, (a, b) => (double)a - b)]) / Norm([.. truth.Select(v => (double)v)]);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));
}
