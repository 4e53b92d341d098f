// Where does a trained network look? Its attention maps, averaged over noisy sequences of several times, are held against
// Γ with rows that sum to 1, which is what attention by positions alone can be, and shown beside the Wiener smoother
// αΓ(α²Γ + σ²I)⁻¹. Two controls with the same network, position table and choice of heads: as initialised, and trained on
// frames that have no correlation (Γ = I). Lag correlation of the best head does not tell trained from random: smooth
// position embeddings give it alone. The share of a map that the lag explains does, and so does the whole map.
// For space, the roles of the factors are exchanged: the tokens are channels, their covariance Σ is periodic in the channel
// number, which no smooth position embedding suggests, and the maps are held against the rows of Σ.

using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Kernels;
using PureDit.Nn;
using PureDit.Reporting;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Attention maps of trained networks beside the covariance that they were trained on.</summary>
public sealed class AttentionExperiment : IExperiment
{
    private const int Space = 8, Period = 4; // channel tokens, and after how many Σ repeats
    private static readonly double[] s_times = [0.05, 0.3, 1, 2.5];

    /// <summary>Sizes; null for those of the options.</summary>
    internal AttentionSetting? Setting { get; init; }

    /// <inheritdoc/>
    public string Name => "attention";

    /// <inheritdoc/>
    public string Question => "Do the attention maps of a trained network show the covariance of its data, beyond what an untrained one shows?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        AttentionSetting setting = Setting ?? AttentionSetting.Of(options);
        int frames = setting.Frames, shown = setting.Ells.Length / 2;
        GaussianSequence[] processes = [.. setting.Ells.Select(ell => LaboratoryProcess.Of(frames, 1, ell).Process)];
        GaussianSequence truth = processes[shown], white = LaboratoryProcess.Of(frames, 1, 1e-3).Process, space = Channels(), whiteSpace = Uncorrelated(space);
        double[] gamma = LagStructure.Rows(truth.Temporal, frames), sigma = LagStructure.Rows(space.Temporal, Space);
        List<Maps> random = [], blank = [], randomSpace = [], blankSpace = [], ofSpace = [];
        List<Maps>[] trained = [.. processes.Select(_ => new List<Maps>())];
        double done = 0, runs = options.Seeds * (processes.Length + 3);
        Maps Of(GaussianSequence process, GaussianSequence inputs, double[] target, TrainingConfig config, int seed)
        {
            Maps maps = Maps.Of(TrainedNetwork.Of(process, config, seed, cancellation), inputs, target, seed);
            if (config.Steps > 0 || setting.Network.Steps == 0) progress?.Report(Math.Min(1, ++done / runs));
            return maps;
        }

        TrainingConfig untrained = setting.Network with { Steps = 0 };
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            random.Add(Maps.Of(TrainedNetwork.Of(truth, untrained, seed, cancellation), truth, gamma, seed));
            randomSpace.Add(Maps.Of(TrainedNetwork.Of(space, untrained, seed, cancellation), space, sigma, seed));
            for (int i = 0; i < processes.Length; i++) trained[i].Add(Of(processes[i], processes[i], LagStructure.Rows(processes[i].Temporal, frames), setting.Network, seed));
            blank.Add(Of(white, white, gamma, setting.Network, seed));
            ofSpace.Add(Of(space, space, sigma, setting.Network, seed));
            blankSpace.Add(Of(whiteSpace, whiteSpace, sigma, setting.Network, seed));
        }

        List<IReadOnlyList<string>> rows = [];
        void Rows(string network, double ell, GaussianSequence process, List<Maps> maps) => rows.AddRange(maps.Select((m, seed) => (IReadOnlyList<string>)
            [network, ResultTable.Cell(ell), ResultTable.Cell(Kappa(process)), seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
                .. new[] { m.BestShare, m.MeanShare, m.BestCorrelation, m.MeanCorrelation, m.BestLagCorrelation, m.Length }.Select(ResultTable.Cell)]));
        for (int i = 0; i < processes.Length; i++) Rows("trained", setting.Ells[i], processes[i], trained[i]);
        Rows("as initialised", setting.Ells[shown], truth, random);
        Rows("trained on white noise", 0, white, blank);
        Rows("channels: trained", double.NaN, space, ofSpace);
        Rows("channels: as initialised", double.NaN, space, randomSpace);
        Rows("channels: trained on white noise", double.NaN, whiteSpace, blankSpace);

        List<Maps> main = trained[shown];
        double[] wider = [.. Enumerable.Range(0, options.Seeds).Select(seed => Enumerable.Range(1, processes.Length - 1).Min(i => trained[i][seed].Length / trained[i - 1][seed].Length))];
        return new(Name, Question, options)
        {
            Criteria =
            [
                AtLeast("best head: share of the map that the lag explains", main, [random, blank], m => m.BestShare, 0.8),
                Advantage("best head: that share above the better control's", main, [random, blank], m => m.BestShare),
                AtLeast("mean map: correlation with row-normalised Γ, whole map", main, [random, blank], m => m.MeanCorrelation, 0.8),
                Advantage("mean map: that correlation above the better control's", main, [random, blank], m => m.MeanCorrelation),
                Least("fitted length of the mean map: least growth from one ℓ to the next", wider, 1.2) with { Control = random.Max(m => m.Length) / random.Min(m => m.Length), Note = $"fitted ℓ {string.Join(", ", trained.Select((maps, i) => FormattableString.Invariant($"{Spread.Of([.. maps.Select(m => m.Length)])} for ℓ = {setting.Ells[i]}")))}; control: untrained networks, largest over least of the seeds" },
                AtLeast("channel tokens, mean map: correlation with row-normalised Σ, whole map", ofSpace, [randomSpace, blankSpace], m => m.MeanCorrelation, 0.8),
                Advantage("channel tokens: that correlation above the better control's", ofSpace, [randomSpace, blankSpace], m => m.MeanCorrelation),
            ],
            Tables = [new("maps", ["network", "ell", "kappa_t0", "seed", "best_share", "mean_share", "best_correlation", "mean_correlation", "best_lag_correlation", "fitted_ell"], rows)],
            Figures =
            [
                Profiles(truth, setting, main, random, blank),
                Heat("maps", "Attention over frames beside Γ", frames, truth,
                    [("rows of Γ", gamma), ("Wiener smoother, t = 0.3", LagStructure.Rows(Wiener(truth, 0.3), frames)), ("trained, mean", main[0].Mean), ("trained, best head", main[0].Best), ("as initialised, mean", random[0].Mean), ("white noise, mean", blank[0].Mean)]),
                Heat("heads", "Every head of a trained network", frames, truth, [.. main[0].Heads.Take(12).Select(h => ($"{h.Layer} head {h.Head}", h.Weights))]),
                Heat("space", "Attention over channels beside Σ", Space, space,
                    [("rows of Σ", sigma), ("trained, mean", ofSpace[0].Mean), ("trained, best head", ofSpace[0].Best), ("as initialised, mean", randomSpace[0].Mean), ("white noise, mean", blankSpace[0].Mean)]),
            ],
            Text = $"N = {frames}, d = {LaboratoryProcess.Channels}, ν = 1, κ = {Kappa(truth):F0} at t₀ for ℓ = {setting.Ells[shown]}; {setting.Network.Depth} blocks, {setting.Network.Heads} heads each, {setting.Network.Steps} steps, {options.Seeds} seeds. "
                + "The mean map weights every head by the strength of what it adds up; the best head is the best of all heads, in the controls too. "
                + $"Lag correlation of the best head: trained {Spread.Of([.. main.Select(m => m.BestLagCorrelation)])}, as initialised {Spread.Of([.. random.Select(m => m.BestLagCorrelation)])}, white noise {Spread.Of([.. blank.Select(m => m.BestLagCorrelation)])}: it proves little. "
                + $"Channels: {Space} tokens whose Σ repeats after {Period}, each of {LaboratoryProcess.Channels} frames.",
            Tried = "maps at single times from 0.05 to 2.5 instead of over all; single heads instead of the weighted mean, where the best of a white-noise network reaches a correlation of 0.7.",
        };
    }

    private static double Kappa(GaussianSequence process) => process.ConditionNumber(NoiseLevel.FromTime(TrainedNetwork.Small.MinTime));

    // Tokens are channels: Σ repeats after a period and has some noise of its own.
    private static GaussianSequence Channels()
    {
        double[] sigma = new Periodic(Period, 1).Matrix(Space);
        for (int i = 0; i < sigma.Length; i++) sigma[i] = (0.8 * sigma[i]) + (i % (Space + 1) == 0 ? 0.2 : 0);
        return new(Space, LaboratoryProcess.Channels, [], sigma, new ExponentialPower(1, 2).Matrix(LaboratoryProcess.Channels));
    }

    private static GaussianSequence Uncorrelated(GaussianSequence process) =>
        new(process.Frames, process.Channels, process.Mean, new White().Matrix(process.Frames), process.Spatial);

    private static double[] Wiener(GaussianSequence process, double time)
    {
        NoiseLevel level = NoiseLevel.FromTime(time);
        return process.TemporalEigen.Function(g => level.Alpha * g / ((level.AlphaBar * g) + level.Variance));
    }

    private static Criterion AtLeast(string name, List<Maps> maps, List<Maps>[] controls, Func<Maps, double> of, double bound) =>
        Least(name, [.. maps.Select(of)], bound) with
        {
            Control = controls.Max(control => control.Max(of)),
            Note = $"{Spread.Of([.. maps.Select(of)])} over seeds; as initialised {Spread.Of([.. controls[0].Select(of)])}, trained on white noise {Spread.Of([.. controls[1].Select(of)])}",
        };

    private static Criterion Advantage(string name, List<Maps> maps, List<Maps>[] controls, Func<Maps, double> of) =>
        Least(name, [.. maps.Select((m, seed) => of(m) - controls.Max(control => of(control[seed])))], 0.3) with { Note = "same seed" };

    private static Criterion Least(string name, double[] values, double bound) =>
        new(name, values.Min(), bound) { Kind = BoundKind.AtLeast, Seed = Array.IndexOf(values, values.Min()) };

    private static ResultFigure Profiles(GaussianSequence truth, AttentionSetting setting, List<Maps> trained, List<Maps> random, List<Maps> blank)
    {
        int frames = truth.Frames;
        double[] lags = [.. Enumerable.Range(0, frames).Select(k => (double)k)];
        List<Curve> curves = [];
        List<Band> bands = [];
        foreach ((string name, List<Maps> maps, PlotColor color) in new[] { ("trained", trained, PlotColor.Blue), ("as initialised", random, PlotColor.Orange), ("trained on white noise", blank, PlotColor.Green) })
        {
            double[][] profiles = [.. maps.Select(m => SequenceStatistics.LagCurve(m.Mean, frames))];
            Spread[] spreads = [.. lags.Select(k => Spread.Of([.. profiles.Select(p => p[(int)k])]))];
            curves.Add(new(name, lags, [.. spreads.Select(s => s.Mean)]) { Color = color, Mark = CurveMark.LineAndPoints });
            bands.Add(new("", lags, [.. spreads.Select(s => s.Mean - s.Deviation)], [.. spreads.Select(s => s.Mean + s.Deviation)]) { Color = color });
        }

        curves.Add(new("rows of Γ", lags, SequenceStatistics.LagCurve(LagStructure.Rows(truth.Temporal, frames), frames)) { Color = PlotColor.Ink, Mark = CurveMark.Dashed });
        curves.Add(new("Wiener smoother, t = 0.3", lags, SequenceStatistics.LagCurve(LagStructure.Rows(Wiener(truth, 0.3), frames), frames)) { Color = PlotColor.Muted, Mark = CurveMark.Dashed });
        LineChart chart = new()
        {
            Title = "Attention against lag",
            Subtitle = FormattableString.Invariant($"ν = 1, ℓ = {setting.Ells[setting.Ells.Length / 2]}, κ = {Kappa(truth):F0} at t₀; mean map, band: ± a deviation over {trained.Count} seeds."),
            X = new Axis("lag |i − j|, frames"),
            Y = new Axis("attention"),
            Curves = curves,
            Bands = bands,
        };
        return new("profiles", chart.ToSvg(), "The untrained profile falls too, though its map does not follow the lag: compare the heat maps.");
    }

    private static ResultFigure Heat(string name, string title, int size, GaussianSequence process, (string Title, double[] Map)[] panels)
    {
        HeatMap map = new()
        {
            Title = title,
            Subtitle = FormattableString.Invariant($"κ = {Kappa(process):F0} at t₀; row: who looks, column: where; seed 0."),
            Panels = [.. panels.Select(panel => new HeatMapPanel(panel.Title, size, size, panel.Map))],
            Palette = HeatPalette.Sequential,
            ValueTitle = "attention",
        };
        return new(name, map.ToSvg(), "Means over noisy sequences of four times.");
    }

    // What the heads of one network say together.
    private sealed record Maps(IReadOnlyList<AttentionMap> Heads, double[] Mean, double[] Best, int Size, double[] Target)
    {
        private const int SamplesPerTime = 32;

        public double BestShare => Heads.Max(head => LagStructure.Share(head.Weights, Size));

        public double MeanShare => LagStructure.Share(Mean, Size);

        public double BestCorrelation => Correlation.Pearson(Best, Target);

        public double MeanCorrelation => Correlation.Pearson(Mean, Target);

        public double BestLagCorrelation
        {
            get
            {
                double[] curve = SequenceStatistics.LagCurve(Target, Size);
                return Heads.Max(head => Correlation.Pearson(SequenceStatistics.LagCurve(head.Weights, Size), curve));
            }
        }

        public double Length => LagStructure.Length(Mean, Size);

        public static Maps Of(TrainedNetwork network, GaussianSequence process, double[] target, int seed)
        {
            int size = process.Size, count = SamplesPerTime * s_times.Length;
            NoiseLevel[] levels = [.. Enumerable.Range(0, count).Select(i => NoiseLevel.FromTime(s_times[i / SamplesPerTime]))];
            float[] x = network.Fresh(count), noise = new float[x.Length];
            for (int i = 0; i < count; i++) new Philox((ulong)seed, PhiloxStream.Evaluation).FillNormal(0, i, noise.AsSpan(i * size, size));
            ForwardProcess.AddNoise(levels, x, noise, x);
            float[] times = [.. levels.Select(level => (float)network.Model.Schedule.Timestep(level))];
            IReadOnlyList<AttentionMap> heads = AttentionMaps.Of(network.Model.Network, x, times);
            double[] mean = new double[target.Length];
            double strength = heads.Sum(head => head.Strength);
            foreach (AttentionMap head in heads)
            {
                for (int i = 0; i < mean.Length; i++) mean[i] += head.Strength / strength * head.Weights[i];
            }

            return new(heads, mean, heads.MaxBy(head => Correlation.Pearson(head.Weights, target))!.Weights, process.Frames, target);
        }
    }
}

/// <summary>Sizes of the experiment on attention.</summary>
/// <param name="Frames">Frames N.</param>
/// <param name="Ells">ℓ of the kernels, rising; the middle one is looked at closely.</param>
/// <param name="Network">The network.</param>
internal sealed record AttentionSetting(int Frames, double[] Ells, TrainingConfig Network)
{
    public static AttentionSetting Of(ExperimentOptions options) => options.Quick
        ? new(12, [1, 4, 16], TrainedNetwork.Small)
        : new(16, [1, 2, 4, 8, 16], TrainedNetwork.Large);
}
