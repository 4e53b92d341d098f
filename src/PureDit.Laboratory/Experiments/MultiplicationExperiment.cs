// What does multiplying by ReLUs cost? A module of m sawtooth layers multiplies within 4^−(m+1) of the product of the
// bounds, so each layer gains a factor of 4; a transformer of such modules cannot get nearer to the score than a floor
// that is linear in that error, and at most ½(κ+1) times the error of a step.

using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Kernels;
using PureDit.Reporting;

namespace PureDit.Laboratory;

/// <summary>The error of ReLU products against their depth, and the floor that it puts under the score.</summary>
public sealed class MultiplicationExperiment : IExperiment
{
    private const int Frames = 8, Grid = 4096;
    private const double Time = 0.5;
    private static readonly int[] s_layers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

    /// <summary>The module of m layers; another one is an error that the criteria must notice.</summary>
    internal Func<int, IProductModule> Module { get; init; } = m => new SawtoothProducts(m);

    /// <inheritdoc/>
    public string Name => "multiplication";

    /// <inheritdoc/>
    public string Question => "What does a multiplication made of ReLUs cost, per layer and in the score?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        int[] depths = options.Quick ? [8, 12, 16, 20] : [8, 10, 12, 14, 16, 18, 20];
        double[] errors = [.. s_layers.Select(m => Largest(Module(m)))];
        double gain = PortableMath.Exp(-LineFit.Of([.. s_layers.Select(m => (double)m)], [.. errors.Select(v => PortableMath.Log(v))]).Slope);
        Worst product = new(), over = new(), slope = new();
        for (int i = 0; i < s_layers.Length; i++) product.Add(errors[i] * PortableMath.Pow(4, s_layers[i] + 1), null, $"m = {s_layers[i]}");

        List<IReadOnlyList<string>> rows = [];
        List<Curve> curves = [];
        List<Band> bands = [];
        List<double> slopes = [];
        double[] ells = options.Quick ? [1] : [1, 2];
        for (int e = 0; e < ells.Length; e++)
        {
            LaboratoryProcess process = LaboratoryProcess.Of(Frames, 1, ells[e]);
            ScoreObjective objective = process.At(Time);
            int steps = UnrolledSchedule.StepsFor(UnrolledMethod.GradientDescent, objective.ConditionNumber, 1e-13);
            double[][] floors = new double[depths.Length][]; // [depth][seed]
            double[] bounds = new double[depths.Length], epsilons = [.. depths.Select(m => PortableMath.Pow(4, -(m + 1)))];
            for (int i = 0; i < depths.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((e + ((double)i / depths.Length)) / ells.Length);
                UnrolledTransformer network = new(new TruncatedProcess(process.Process), new UnrolledOptions
                {
                    Earliest = objective.Level,
                    Steps = steps,
                    Heads = KernelHeads.PiecewiseLinear,
                    Products = Module(depths[i]),
                });
                floors[i] = new double[options.Seeds];
                for (int seed = 0; seed < options.Seeds; seed++)
                {
                    double[] x = process.Noisy(objective.Level, seed), exact = LaboratoryProcess.Minimiser(objective, x);
                    floors[i][seed] = Dense.RelativeError(network.Score(objective.Level, x), exact);
                    double bound = network.Bounds.AccumulatedError(objective.Level) / Math.Sqrt(Dense.SquaredNorm(exact));
                    over.Add(floors[i][seed] / bound, seed, $"{process.Name}, m = {depths[i]}");
                    bounds[i] += bound / options.Seeds;
                }

                Spread spread = Spread.Of(floors[i]);
                rows.Add([.. new[] { process.Nu, process.Ell, Time, objective.ConditionNumber, steps, network.Network.Blocks.Count, depths[i], epsilons[i], spread.Mean, spread.Deviation, bounds[i] }.Select(ResultTable.Cell)]);
            }

            for (int seed = 0; seed < options.Seeds; seed++)
            {
                double found = LineFit.Of([.. epsilons.Select(v => PortableMath.Log(v))], [.. floors.Select(f => PortableMath.Log(f[seed]))]).Slope;
                slope.Add(Math.Abs(found - 1), seed, "");
                slopes.Add(found);
            }

            PlotColor color = PlotColor.Blue + e;
            curves.Add(new(FormattableString.Invariant($"ℓ = {ells[e]}, κ = {objective.ConditionNumber:F1}"), epsilons, [.. floors.Select(f => f.Average())]) { Mark = CurveMark.LineAndPoints, Color = color });
            curves.Add(new("", epsilons, bounds) { Mark = CurveMark.Dashed, Color = color });
            bands.Add(new("", epsilons, [.. floors.Select(f => f.Min())], [.. floors.Select(f => f.Max())]) { Color = color });
        }

        return new(Name, Question, options)
        {
            Criteria =
            [
                new("gain of a layer: distance from 4", Math.Abs(gain - 4), 0.05) { Note = FormattableString.Invariant($"gain {gain:F4} per layer, m = 1 to 10; the tolerance is ours") },
                product.AtMost("error of a product over 4^−(m+1)", 1 + 1e-9),
                slope.AtMost("floor of the score against the error of a product: distance of the log-log slope from 1", 0.1) with { Note = $"slope {Spread.Of(slopes)}; the tolerance is ours" },
                over.AtMost("floor of the score over ½(κ+1) times the error of a step", 1),
            ],
            Tables =
            [
                new("products", ["layers", "largest_error", "bound"], [.. s_layers.Select((m, i) => new[] { ResultTable.Cell(m), ResultTable.Cell(errors[i]), ResultTable.Cell(PortableMath.Pow(4, -(m + 1))) })]),
                new("floors", ["nu", "ell", "t", "kappa", "steps", "blocks", "layers", "product_error", "floor", "floor_deviation", "bound"], rows),
            ],
            Figures = [Products(errors), Floors(curves, bands, options.Seeds)],
            Text = FormattableString.Invariant($"The largest error of a module is taken over {Grid + 1} pairs on and off the diagonals, its worst places. The transformer: N = {Frames}, d = {LaboratoryProcess.Channels}, ν = 1, t = {Time}, ")
                + "so many steps that those left out would add less than 10⁻¹³; what remains is the products' doing.",
            Tried = "depths at which the floor lies between the error of the steps and rounding; slopes seed by seed.",
        };
    }

    // Over pairs of [−1, 1]²: both diagonals, where the error of a square is not compensated, and a scatter.
    private static double Largest(IProductModule module)
    {
        IReadOnlyList<ITokenLayer> layers = module.Build(5, new TokenUpdate([new SlotProduct(2, 1, 0, 1, [new(1, 1)], 1)], []), 3);
        double worst = 0;
        for (int i = 0; i <= Grid; i++)
        {
            double x = (2.0 * i / Grid) - 1, scatter = ((i * 0.6180339887498949) % 1 * 2) - 1;
            foreach (double y in new[] { scatter, x, -x })
            {
                double[] token = [x, y, 0, 0, 0];
                foreach (ITokenLayer layer in layers) layer.Apply(token);
                worst = Math.Max(worst, Math.Abs(token[2] - (x * y)));
            }
        }

        return worst;
    }

    private static ResultFigure Products(double[] errors)
    {
        double[] places = [.. s_layers.Select(m => (double)m)];
        LineChart chart = new()
        {
            Title = "Largest error of a product against sawtooth layers",
            Subtitle = "Factors in [−1, 1]; no process, hence no κ.",
            X = new Axis("layers m"),
            Y = new Axis("largest error", AxisScale.Log),
            Curves =
            [
                new("measured", places, errors) { Mark = CurveMark.Points, Color = PlotColor.Blue },
                new("4^−(m+1)", places, [.. places.Select(m => PortableMath.Pow(4, -(m + 1)))]) { Mark = CurveMark.Dashed, Color = PlotColor.Ink },
            ],
        };
        return new("products", chart.ToSvg(), "A layer gains a factor of four.");
    }

    private static ResultFigure Floors(IReadOnlyList<Curve> curves, IReadOnlyList<Band> bands, int seeds)
    {
        LineChart chart = new()
        {
            Title = "Floor of the score against the error of a product",
            Subtitle = FormattableString.Invariant($"N = {Frames}, d = {LaboratoryProcess.Channels}, ν = 1, t = {Time}; {string.Join("; ", curves.Select(c => c.Name).Where(name => name.Length > 0))}; mean of {seeds} samples, band from least to largest."),
            X = new Axis("error of a product, relative to its bounds", AxisScale.Log),
            Y = new Axis("relative error of the score", AxisScale.Log),
            Curves = curves,
            Bands = bands,
        };
        return new("floors", chart.ToSvg(), "Dashed: ½(κ+1) times the error of a step.");
    }
}
