// Experiments of chapter 10: the line in the plane, the two parts of a score, the split of the loss, what W costs and how
// well it is found, sampling with and without the space around it, the score of a data set, and what breaks.

using System.Globalization;
using System.Text;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Reporting;
using static PureDit.Book.SubspaceData;

namespace PureDit.Book;

public sealed class Chapter10Figures : IChapter
{
    public string Name => "10-latent-dit";

    public void Run(BookOutput output)
    {
        ByHand(output);
        Draw(output);
        Check(output);
        Growth(output);
        Losses(output);
        Recovery(output);
        Descent(output);
        Chapter10Structured.Run(output);
        Sampling(output);
        DataSet(output);
        Skip(output);
        Errata(output);
        Failures(output);
        MapDistance.Require(MapDistance.Of);
    }

    private static void ByHand(BookOutput output)
    {
        StringBuilder text = new("    t   sigma^2   along the line       off the line         sum\n");
        foreach (double time in new[] { Math.Log(2), 0.1, 0.01, 0.001 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            (double ax, double ay, double ox, double oy) = new LineInThePlane(level, 3).Score(2, 1);
            text.AppendLine(Invariant($"{time,5:0.###}  {level.Variance,8:F5}   ({ax,6:F3}, {ay,6:F3})   ({ox,8:F2}, {oy,7:F2})   ({ax + ox,8:F2}, {ay + oy,7:F2})"));
        }

        output.Text("latent-hand", text.ToString());
    }

    private static void Draw(BookOutput output)
    {
        (double X, double Y) point = At(2, 1), foot = At(1.2, 1.6), along = At(1.7, 0.6), sum = At(0.9, 1.2);
        output.Figure("latent-split", new Drawing("The two parts of a score, times σ²", 320)
            .Arrow("arrow", [At(-0.6, -0.8).X, At(-0.6, -0.8).Y, At(1.8, 2.4).X, At(1.8, 2.4).Y])
            .Text(At(1.8, 2.4).X + 60, At(1.8, 2.4).Y + 12, "span of B", "muted")
            .Arrow("back", [point.X, point.Y, foot.X, foot.Y])
            .Arrow("back", [point.X, point.Y, along.X, along.Y])
            .Arrow("arrow", [point.X, point.Y, sum.X, sum.Y])
            .Text(point.X + 34, point.Y + 4, "x = (2, 1)")
            .Text(foot.X + 78, foot.Y + 12, "off the line", "orange")
            .Text(along.X + 60, along.Y + 6, "along the line", "orange")
            .Text(sum.X - 62, sum.Y + 4, "B q = (0.9, 1.2)", "blue")
            .Text(At(0, 0).X + 22, At(0, 0).Y + 4, "0", "muted")
            .ToSvg());

        static (double X, double Y) At(double x, double y) => (180 + (80 * x), 250 - (80 * y));
    }

    private static void Check(BookOutput output)
    {
        const int Dimension = 13, Count = 64;
        LinearSubspace b = LinearSubspace.Random(Dimension, 4, 1), w = LinearSubspace.Random(Dimension, 4, 2);
        LatentGaussian code = LatentGaussian.Diagonal(Variances), whole = new(new double[Dimension], Moment(b));
        double split = 0, pythagoras = 0, norms = 0, attention = 0;
        foreach (double time in new[] { 0.01, 0.1, 1 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            double[] score = new double[Dimension], direct = new double[Dimension], residual = new double[Dimension], jacobian = new double[Dimension * Dimension];
            for (int s = 0; s < Count; s++)
            {
                double[] x = Normal(Dimension, 3, s), f = Normal(4, 4, s);
                ScoreDecomposition.Score(b, code, level, x, score);
                whole.Score(level, x, direct);
                split = Math.Max(split, Dense.RelativeError(score, direct));
                (double inside, double outside) = LatentLoss.Split(w, level, f, x);
                w.Lift(f, residual);
                Dense.AddScaled(-level.Alpha, x, residual);
                pythagoras = Math.Max(pythagoras, Math.Abs(((inside + outside) / Dense.SquaredNorm(residual)) - 1));
            }

            whole.Jacobian(level, score, jacobian);
            norms = Math.Max(norms, Math.Abs((-Dense.Trace(jacobian, Dimension) / ScoreDecomposition.ExpectedSquaredNorm(Dimension, code, level)) - 1));
            attention = Math.Max(attention, AttentionError(Points(), level));
        }

        Require(split < 1e-9 && pythagoras < 1e-12 && norms < 1e-9 && attention < 5e-3, "the identities");
        output.Text("latent-check", Invariant($"""
            D = 13, d0 = 4, t = 0.01, 0.1, 1; largest relative error over 64 points:
              [B q - x]/sigma^2 against the Gaussian in all D dimensions      {split:0e-0}
              the two losses against |W f - alpha x0|^2                       {pythagoras:0e-0}
              E|s|^2 = tr 1/C + (D - d0)/sigma^2 against the trace of -ds/dx  {norms:0e-0}
              attention kernel (float) against the empirical E[h0 | h]        {attention:0e-0}
            """));
    }

    private static void Growth(BookOutput output)
    {
        LatentGaussian law = LatentGaussian.Diagonal(Variances);
        List<IReadOnlyList<object>> rows = [];
        double[] times = [.. Enumerable.Range(0, 41).Select(i => Math.Pow(10, -4 + (i / 10.0)))];
        foreach (double time in new[] { 1, 0.1, 0.01, 0.001, 0.0001 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            rows.Add([time, level.Variance, Square(4, time), Square(64, time) - Square(4, time), 64 / level.Variance, LatentLoss.Least(law, level)]);
        }

        output.Table("latent-growth", [new("t", "0.####"), new("σ²", "0.####"), new("along", "F3"), new("off, D = 64", "N0"), new("of ε/σ", "N0"), new("least loss", "F1")], rows);
        output.Figure("latent-growth", new LineChart
        {
            Title = "Mean square of the two parts of the score",
            Subtitle = "d0 = 4 Gaussian codes of variance 2, 1, 1/2, 1/4 in D dimensions.",
            X = new Axis("t", AxisScale.Log),
            Y = new Axis("E|part|^2", AxisScale.Log),
            Curves =
            [
                new("along, any D", times, Parts(4, along: true)) { Color = PlotColor.Blue },
                new("off, D = 16", times, Parts(16, along: false)) { Color = PlotColor.Orange, Mark = CurveMark.Dashed },
                new("off, D = 64", times, Parts(64, along: false)) { Color = PlotColor.Orange },
            ],
        }.ToSvg());

        double[] Parts(int dimension, bool along) => Array.ConvertAll(times, t => along ? Square(4, t) : Square(dimension, t) - Square(4, t));

        double Square(int dimension, double time) => ScoreDecomposition.ExpectedSquaredNorm(dimension, law, NoiseLevel.FromTime(time));
    }

    private static void Losses(BookOutput output)
    {
        const int Dimension = 16, Count = 4096;
        NoiseLevel level = NoiseLevel.FromTime(0.5);
        LinearSubspace b = LinearSubspace.Random(Dimension, 4, 5);
        double[] clean = Lift(b, Codes(Count, 6)), noisy = Noisy(clean, level, 7), halfway = new double[Dimension * 4];
        LinearSubspace principal = PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(clean, Dimension), Dimension, 4), random = LinearSubspace.Random(Dimension, 4, 8);
        Dense.AddScaled(1, b.Basis, halfway);
        Dense.AddScaled(1, random.Basis, halfway);
        List<IReadOnlyList<object>> rows = [];
        double[] h = new double[4], f = new double[4];
        foreach ((string name, LinearSubspace w) in new[] { ("principal", principal), ("halfway", LinearSubspace.Orthonormal(Dimension, 4, halfway)), ("random", random) })
        {
            LatentGaussian law = SeenBy(w, b);
            double[] factors = [1, 0.5, 0, -1], totals = new double[4];
            double lost = 0;
            for (int s = 0; s < Count; s++)
            {
                ReadOnlySpan<double> x0 = clean.AsSpan(s * Dimension, Dimension);
                w.Project(noisy.AsSpan(s * Dimension, Dimension), h);
                law.Signal(level, h, f);
                for (int k = 0; k < factors.Length; k++)
                {
                    (double inside, double outside) = LatentLoss.Split(w, level, [.. f.Select(v => factors[k] * v)], x0);
                    totals[k] += (inside + outside) / Count;
                    if (k == 0) lost += outside / Count;
                }
            }

            rows.Add([name, w.SquaredDistance(b), lost, totals[0], totals[1], totals[2], totals[3]]);
        }

        output.Table("latent-losses", [new("W"), new("‖WWᵀ − BBᵀ‖²", "F3"), new("lost by W", "F3"), new("f best", "F3"), new("½ of it", "F3"), new("f = 0", "F3"), new("−1 of it", "F3")], rows);
    }

    private static void Recovery(BookOutput output)
    {
        NoiseLevel level = NoiseLevel.FromTime(0.1);
        int[] counts = [128, 256, 512, 1024, 2048, 4096, 8192], sizes = [16, 64], few = [2, 3, 4, 8];
        List<IReadOnlyList<object>> rows = [];
        List<Curve> curves = [];
        foreach (int dimension in sizes)
        {
            double[] measured = Array.ConvertAll(counts, n => Enumerable.Range(0, 4).Average(seed => Distance(dimension, n, level, seed)));
            double[] formula = Array.ConvertAll(counts, n => PrincipalSubspace.ExpectedSquaredDistance(dimension, Variances, level, n));
            double[] places = Array.ConvertAll(counts, n => (double)n);
            PlotColor color = dimension == 16 ? PlotColor.Blue : PlotColor.Orange;
            curves.Add(new(Invariant($"D = {dimension}, measured"), places, measured) { Color = color, Mark = CurveMark.Points });
            curves.Add(new(Invariant($"D = {dimension}, formula"), places, formula) { Color = color });
            for (int i = 0; i < counts.Length; i += 2) rows.Add([dimension, counts[i], measured[i], formula[i], measured[i] / formula[i], LinearSubspace.RandomSquaredDistance(dimension, 4)]);
        }

        output.Table("latent-recovery", [new("D", "0"), new("n", "0"), new("measured", "0.00e-0"), new("(10.6)", "0.00e-0"), new("ratio", "F2"), new("random W", "F1")], rows);
        output.Table("latent-clean", [new("n clean points", "0"), new("‖WWᵀ − BBᵀ‖²", "0.0e-0")], [.. few.Select(n => (IReadOnlyList<object>)[n, Distance(64, n, null, 0)])]);
        output.Figure("latent-recovery", new LineChart
        {
            Title = "Distance of principal components from the true subspace",
            Subtitle = "d0 = 4, variances 2, 1, 1/2, 1/4, noisy points at t = 0.1; mean of 4 draws.",
            X = new Axis("points n", AxisScale.Log),
            Y = new Axis("squared distance", AxisScale.Log),
            Curves = curves,
        }.ToSvg());

        static double Distance(int dimension, int count, NoiseLevel? level, int seed)
        {
            LinearSubspace b = LinearSubspace.Random(dimension, 4, (ulong)(10 + seed));
            double[] x = Lift(b, Codes(count, 20 + seed));
            if (level is { } noise) x = Noisy(x, noise, 30 + seed);
            return PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(x, dimension), dimension, 4).SquaredDistance(b);
        }
    }

    private static void Descent(BookOutput output)
    {
        const int Dimension = 32, Count = 512;
        NoiseLevel level = NoiseLevel.FromTime(0.1);
        LinearSubspace b = LinearSubspace.Random(Dimension, 4, 40), w = LinearSubspace.Random(Dimension, 4, 41);
        double[] clean = Lift(b, Normal(Count * 4, 42, 0)), noisy = Noisy(clean, level, 43); // variance 1 in every direction
        double[] linear = new double[16], gradient = new double[Dimension * 4];
        for (int i = 0; i < 4; i++) linear[i * 5] = level.AlphaBar / (level.AlphaBar + level.Variance);
        List<IReadOnlyList<object>> rows = [];
        for (int step = 0; step <= 200; step++)
        {
            Array.Clear(gradient);
            double loss = StiefelStep.DenoisingLoss(w, linear, level.Alpha, clean, noisy, gradient);
            if (step is 0 or 5 or 10 or 20 or 50 or 200) rows.Add([step, loss, w.SquaredDistance(b), w.OrthonormalityError]);
            w = StiefelStep.Descend(w, gradient, 0.2);
        }

        double principal = PrincipalSubspace.Of(PrincipalSubspace.SecondMoment(noisy, Dimension), Dimension, 4).SquaredDistance(b);
        output.Numbers("latent-descent-numbers", ("principal", principal));
        output.Table("latent-descent", [new("step", "0"), new("loss", "F4"), new("‖WWᵀ − BBᵀ‖²", "0.0e-0"), new("WᵀW − I", "0e-0")], rows);
    }

    private static void Sampling(BookOutput output)
    {
        const int Dimension = 12, Count = 2000;
        LinearSubspace w = LinearSubspace.Random(Dimension, 4, 60);
        LatentDenoiser denoiser = new(LatentGaussian.Diagonal(Variances));
        List<IReadOnlyList<object>> rows = [];
        foreach ((double stop, int steps) in new[] { (0.05, 990), (0.05, 99), (0.05, 33), (0.2, 24), (0.01, 499) })
        {
            NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(5), NoiseLevel.FromTime(stop), steps);
            PhiloxNoise noise = new(61, Dimension);
            ProjectedNoise inner = new(noise, w);
            float[] full = new float[Count * Dimension], code = new float[Count * 4];
            noise.Fill(0, full);
            inner.Fill(0, code);
            ReverseSdeEulerMaruyama sampler = new();
            sampler.Run(new SubspaceDenoiser(w, denoiser), levels, noise, full, new SamplerWorkspace());
            sampler.Run(denoiser, levels, inner, code, new SamplerWorkspace());
            double apart = 0, rest = 0;
            double[] h = new double[4], back = new double[Dimension];
            for (int s = 0; s < Count; s++)
            {
                double[] x = Array.ConvertAll(full[(s * Dimension)..((s + 1) * Dimension)], v => (double)v);
                w.Project(x, h);
                for (int i = 0; i < 4; i++) apart = Math.Max(apart, Math.Abs(h[i] - code[(s * 4) + i]));
                w.Lift(h, back);
                Dense.AddScaled(-1, back, x);
                rest += Dense.SquaredNorm(x) / (Count * (Dimension - 4));
            }

            double mu = (5 - stop) / steps;
            rows.Add([stop, mu, apart, rest, EulerVariance.After(levels), levels[^1].Variance, EulerVariance.OrthogonalBound(stop, mu)]);
        }

        output.Table("latent-sampling",
            [new("T₀", "0.##"), new("μ", "0.###"), new("largest ‖Wᵀx − h‖∞", "0e-0"), new("variance off W", "F4"), new("recursion", "F4"), new("σ²(T₀)", "F4"), new("e(T₀ + μ)", "F4")], rows);
    }

    private static void DataSet(BookOutput output)
    {
        IsotropicMixture points = Points();
        List<IReadOnlyList<object>> rows = [];
        foreach (double time in new[] { 3, 1, 0.3, 0.1, 0.03, 0.01 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            double[] h = Noisy(points.Points.ToArray(), level, 72);
            float[] mean = new float[h.Length];
            points.MeanByAttention(Cpu.Serial, level, Array.ConvertAll(h, v => (float)v), mean);
            double nearest = 0, size = 0;
            for (int k = 0; k < points.Count; k++)
            {
                ReadOnlySpan<double> centre = points.Points.Slice(k * 4, 4);
                double square = 0;
                for (int i = 0; i < 4; i++) square += (mean[(k * 4) + i] - centre[i]) * (mean[(k * 4) + i] - centre[i]);
                if (square < 0.01) nearest += 1.0 / points.Count;
                size = Math.Max(size, level.Alpha / points.Spread(level) * Math.Sqrt(Dense.SquaredNorm(h.AsSpan(k * 4, 4))) * points.Radius);
            }

            rows.Add([time, size, nearest, AttentionError(points, level)]);
        }

        output.Table("latent-data-set", [new("t", "0.##"), new("R", "F1"), new("its own point again", "P0"), new("kernel against formula", "0e-0")], rows);
    }

    private static void Skip(BookOutput output)
    {
        const int Count = 8192;
        LatentMixture law = new([1, 1], [new([1.1, -0.8], [0.2, 0.05, 0.05, 0.15]), new([-1.1, 0.8], [0.2, 0.05, 0.05, 0.15])]);
        double[] h = new double[Count * 2], exact = new double[2], moment = law.SecondMoment();
        law.Sample(new Philox(80, PhiloxStream.Data), 0, h);
        GaussianSkip skip = new([0, 0], [moment[0], moment[3]]);
        List<IReadOnlyList<object>> rows = [];
        foreach (double time in new[] { 3, 1, 0.3, 0.1, 0.01 })
        {
            NoiseLevel level = NoiseLevel.FromTime(time);
            double[] noisy = Noisy(h, level, 81);
            float[] guess = new float[h.Length];
            skip.Clean(level, Array.ConvertAll(noisy, v => (float)v), new float[h.Length], guess);
            double gaussian = 0, least = 0;
            for (int s = 0; s < Count; s++)
            {
                law.Signal(level, noisy.AsSpan(s * 2, 2), exact);
                for (int i = 0; i < 2; i++)
                {
                    gaussian += Math.Pow(guess[(s * 2) + i] - h[(s * 2) + i], 2) / Count;
                    least += Math.Pow((exact[i] / level.Alpha) - h[(s * 2) + i], 2) / Count;
                }
            }

            rows.Add([time, moment[0] + moment[3], gaussian, least, (gaussian - least) / gaussian]);
        }

        output.Table("latent-skip", [new("t", "0.##"), new("E‖h₀‖²", "F3"), new("skip alone", "F3"), new("exact", "F3"), new("left to learn", "P0")], rows);
    }

    private static void Errata(BookOutput output)
    {
        NoiseLevel level = NoiseLevel.FromAlphaBar(0.5);
        LinearSubspace b = new(2, 1, [0.6, 0.8]);
        LatentGaussian law = LatentGaussian.Diagonal(3);
        double[] x = [2, 1], q = new double[1], score = new double[2], wrong = new double[2];
        ScoreDecomposition.Score(b, law, level, x, score);
        law.Signal(level, [2], q);
        ScoreDecomposition.FromSignal(b, level, x, [q[0] / level.Alpha], wrong);
        double noisy = (level.AlphaBar * 3) + level.Variance;
        output.Text("latent-errata", Invariant($"""
            score at (2, 1)                                ({score[0]:F3}, {score[1]:F3})
            1. divided by sigma, not by its square         ({score[0] * level.Sigma:F3}, {score[1] * level.Sigma:F3})
            2. best s = a h of the printed loss            a = {level.Alpha * 3 / noisy:F3}; the score has a = {-1 / noisy:F3}
            3. q without alpha                             ({wrong[0]:F3}, {wrong[1]:F3})
            """));
    }

    private static void Failures(BookOutput output)
    {
        StringBuilder text = new("off-subspace variance, T = 5, T0 = 0.001, equal steps:\nsteps     mu   right score     score of the level of arrival\n");
        foreach (int steps in new[] { 10, 100, 1000, 5000 })
        {
            NoiseLevel[] levels = NoiseGrid.UniformTime(NoiseLevel.FromTime(5), NoiseLevel.FromTime(0.001), steps);
            double late = 1;
            for (int k = 0; k + 1 < levels.Length; k++)
            {
                double mu = levels[k].Time - levels[k + 1].Time, factor = 1 + (mu * (0.5 - (1 / levels[k + 1].Variance)));
                late = (factor * factor * late) + mu;
            }

            text.AppendLine(Invariant($"{steps,5}  {4.999 / steps:F4}   {EulerVariance.After(levels),11:F5}     {late:G4}"));
        }

        text.AppendLine();
        Say(() => _ = new LinearSubspace(2, 1, [3, 4]));
        Say(() => ScoreDecomposition.Score(new LinearSubspace(2, 1, [0.6, 0.8]), LatentGaussian.Diagonal(3), NoiseLevel.Clean, [2, 1], new double[2]));
        output.Text("latent-failures", text.ToString());

        void Say(Action wrong)
        {
            try
            {
                wrong();
            }
            catch (ArgumentException problem)
            {
                text.AppendLine(problem.Message);
            }
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}: the check of this chapter fails.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
