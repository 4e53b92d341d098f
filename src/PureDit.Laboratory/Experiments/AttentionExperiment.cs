// Where does a trained network look? Its attention maps at a time t with much noise, where the score wants Γ
// (A⁻¹ ≈ σ⁻²(I − (α²/σ²) Γ⊗Σ)), are held against Γ with rows that sum to 1, which is what attention by positions alone can be,
// and shown beside the Wiener smoother αΓ(α²Γ + σ²I)⁻¹. The diagonal is free: a token's own value takes the residual path. Two controls with the same network, position table and choice of heads: as initialised, and trained on
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
public sealed class AttentionExperiment : ITrainingExperiment
{
    private const int Space = 8, Period = 4; // channel tokens, and after how many Σ repeats
    private const double Time = 2.5, Clean = 0.05; // where maps are judged, and where they are reported too

    /// <summary>Sizes; null for those of the options.</summary>
    internal AttentionSetting? Setting { get; init; }

    /// <inheritdoc/>
    public string Name => "attention";

    /// <inheritdoc/>
    public string Question => "Do the attention maps of a trained network show the covariance of its data, beyond what an untrained one shows?";

    /// <inheritdoc/>
    public ExperimentResult Run(ExperimentOptions options, Workbench? bench = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bench ??= new();
        AttentionSetting setting = Setting ?? AttentionSetting.Of(options);
        int frames = setting.Frames;
        GaussianSequence[] processes = [.. setting.Ells.Select(ell => LaboratoryProcess.Of(frames, 1, ell).Process)];
        GaussianSequence truth = processes[0], space = Channels();
        double[] gamma = truth.Temporal.ToArray(), sigma = space.Temporal.ToArray();
        (TrainingConfig config, TrainingConfig untrained) = (setting.Network, setting.Network with { Steps = 0 });
        (string Name, GaussianSequence Process, double[] Target, TrainingConfig Config)[] plan =
        [
            .. processes.Select((process, i) => (FormattableString.Invariant($"ℓ = {setting.Ells[i]}"), process, process.Temporal.ToArray(), config)),
            ("as initialised", truth, gamma, untrained),
            ("trained on white noise", Uncorrelated(truth), gamma, config),
            ("channels", space, sigma, config),
            ("channels, as initialised", space, sigma, untrained),
            ("channels, trained on white noise", Uncorrelated(space), sigma, config),
        ];
        Maps[][] found = [.. plan.Select(_ => new Maps[options.Seeds])];
        double[] costs = [.. plan.Select(p => 1 + TrainedNetwork.TrainingCost(p.Config))];
        Workbench[] parts = bench.Parts([.. Enumerable.Repeat(costs, options.Seeds).SelectMany(c => c)]);
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            for (int i = 0; i < plan.Length; i++)
            {
                TrainedNetwork network = TrainedNetwork.Of(plan[i].Process, plan[i].Config, seed, FormattableString.Invariant($"network-{i}-seed-{seed}"), parts[(seed * plan.Length) + i]);
                found[i][seed] = Maps.Of(network, plan[i].Target, seed);
            }
        }

        int last = processes.Length;
        (Maps[] trained, Maps[][] controls, Maps[] channels, Maps[][] channelControls) = (found[0], found[last..(last + 2)], found[last + 2], found[(last + 3)..]);
        double[] wider = [.. Enumerable.Range(0, options.Seeds).Select(seed => Enumerable.Range(1, last - 1).Min(i => found[i][seed].Length / found[i - 1][seed].Length))];
        return new(Name, Question, options)
        {
            Criteria =
            [
                AtLeast("best head: share of the map that the lag explains", trained, controls, m => m.BestShare),
                Advantage("best head: that share above the better control's", trained, controls, m => m.BestShare),
                AtLeast("mean map against row-normalised Γ, whole: correlation", trained, controls, m => m.Whole),
                Advantage("mean map, whole: that correlation above the better control's", trained, controls, m => m.Whole),
                AtLeast("mean map against row-normalised Γ, off the diagonal: correlation", trained, controls, m => m.Elsewhere),
                Advantage("mean map, off the diagonal: that correlation above the better control's", trained, controls, m => m.Elsewhere),
                Least("fitted length of the mean map: least growth from one ℓ to the next", wider, 1.25) with
                {
                    Control = 1,
                    Note = $"fitted {string.Join(", ", processes.Select((_, i) => $"{Spread.Of([.. found[i].Select(m => m.Length)])} for {plan[i].Name}"))}; the bound is ours; control: one untrained network for every ℓ",
                },
                AtLeast("channel tokens against row-normalised Σ, off the diagonal: correlation", channels, channelControls, m => m.Elsewhere),
                Advantage("channel tokens: that correlation above the better control's", channels, channelControls, m => m.Elsewhere),
            ],
            Tables = [new("maps", ["network", "kappa_t0", "seed", "best_share", "mean_share", "whole", "off_diagonal", "off_diagonal_little_noise", "best_lag_correlation", "fitted_ell", "fitted_ell_little_noise"],
                [.. found.SelectMany((seeds, i) => seeds.Select((m, seed) => (IReadOnlyList<string>)
                    [plan[i].Name, ResultTable.Cell(Kappa(plan[i].Process)), ResultTable.Cell(seed),
                        .. new[] { m.BestShare, m.MeanShare, m.Whole, m.Elsewhere, m.ElsewhereClean, m.BestLagCorrelation, m.Length, m.LengthClean }.Select(ResultTable.Cell)]))])],
            Figures =
            [
                Profiles(truth, setting, [("trained", trained, PlotColor.Blue), ("as initialised", controls[0], PlotColor.Orange), ("trained on white noise", controls[1], PlotColor.Green)]),
                Heat("maps", "Attention over frames beside Γ", truth,
                    [("rows of Γ", LagStructure.Rows(gamma, frames)), ("rows of the Wiener smoother", LagStructure.Rows(Wiener(truth), frames)), ("trained, mean", trained[0].Mean), ("trained, best head", trained[0].Best), ("as initialised, mean", controls[0][0].Mean), ("white noise, mean", controls[1][0].Mean)]),
                Heat("heads", "Every head of a trained network", truth, [.. trained[0].Heads.Take(12).Select(head => ($"{head.Layer} head {head.Head}", head.Weights))]),
                Heat("space", "Attention over channels beside Σ", space,
                    [("rows of Σ", LagStructure.Rows(sigma, Space)), ("trained, mean", channels[0].Mean), ("trained, best head", channels[0].Best), ("as initialised, mean", channelControls[0][0].Mean), ("white noise, mean", channelControls[1][0].Mean)]),
            ],
            Text = $"N = {frames}, d = {LaboratoryProcess.Channels}, ν = 1, {plan[0].Name}, κ = {Kappa(truth):F0} at t₀; {config.Depth} blocks of {config.Heads} heads, {config.Steps} steps of {config.Batch} sequences, {options.Seeds} seeds; maps at t = {Time}. "
                + "The mean map weights every head by how much its output varies with the data; the best head is the best of all, in the controls too. "
                + $"Lag correlation of the best head proves little: trained {Of(trained, m => m.BestLagCorrelation)}, as initialised {Of(controls[0], m => m.BestLagCorrelation)}, trained on white noise {Of(controls[1], m => m.BestLagCorrelation)}. "
                + $"With little noise, t = {Clean}, the maps are narrower: fitted length {Of(trained, m => m.LengthClean)} against {Of(trained, m => m.Length)}. "
                + $"Channels: {Space} tokens, each of {LaboratoryProcess.Channels} frames, whose covariance Σ repeats after {Period}; shown is the attention between these tokens.",
            Tried = "maps averaged over times from 0.05 to 2.5, which mixes the narrow maps of little noise with the wide ones; heads weighted by the size of their output, which also counts what does not vary with the data; the whole map of the channels, whose diagonal the residual path takes.",
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

    // αΓ(α²Γ + σ²I)⁻¹ at the time of the maps.
    private static double[] Wiener(GaussianSequence process)
    {
        NoiseLevel level = NoiseLevel.FromTime(Time);
        return process.TemporalEigen.Function(g => level.Alpha * g / ((level.AlphaBar * g) + level.Variance));
    }

    private static Spread Of(Maps[] maps, Func<Maps, double> of) => Spread.Of([.. maps.Select(of)]);

    private static Criterion AtLeast(string name, Maps[] maps, Maps[][] controls, Func<Maps, double> of) => Least(name, [.. maps.Select(of)], 0.8) with
    {
        Control = controls.Max(control => control.Max(of)),
        Note = $"{Of(maps, of)} over seeds; as initialised {Of(controls[0], of)}, trained on white noise {Of(controls[1], of)}",
    };

    private static Criterion Advantage(string name, Maps[] maps, Maps[][] controls, Func<Maps, double> of) =>
        Least(name, [.. maps.Select((m, seed) => of(m) - controls.Max(control => of(control[seed])))], 0.3) with { Note = "same seed" };

    private static Criterion Least(string name, double[] values, double bound) =>
        new(name, values.Min(), bound) { Kind = BoundKind.AtLeast, Seed = Array.IndexOf(values, values.Min()) };

    private static ResultFigure Profiles(GaussianSequence truth, AttentionSetting setting, (string Name, Maps[] Maps, PlotColor Color)[] networks)
    {
        int frames = truth.Frames;
        double[] lags = [.. Enumerable.Range(0, frames).Select(k => (double)k)];
        double[] Profile(double[] map) => SequenceStatistics.LagCurve(LagStructure.Rows(map, frames), frames);
        List<Curve> curves = [];
        List<Band> bands = [];
        foreach ((string name, Maps[] maps, PlotColor color) in networks)
        {
            double[][] profiles = [.. maps.Select(m => Profile(m.Mean))];
            Spread[] spreads = [.. lags.Select(k => Spread.Of([.. profiles.Select(p => p[(int)k])]))];
            curves.Add(new(name, lags, [.. spreads.Select(s => s.Mean)]) { Color = color, Mark = CurveMark.LineAndPoints });
            bands.Add(new("", lags, [.. spreads.Select(s => s.Mean - s.Deviation)], [.. spreads.Select(s => s.Mean + s.Deviation)]) { Color = color });
        }

        curves.Add(new("rows of Γ", lags, Profile(truth.Temporal.ToArray())) { Color = PlotColor.Ink, Mark = CurveMark.Dashed });
        curves.Add(new("rows of the Wiener smoother", lags, Profile(Wiener(truth))) { Color = PlotColor.Muted, Mark = CurveMark.Dashed });
        LineChart chart = new()
        {
            Title = "Attention against lag",
            Subtitle = FormattableString.Invariant($"ν = 1, ℓ = {setting.Ells[0]}, κ = {Kappa(truth):F0} at t₀; mean map at t = {Time}, band: ± a deviation over {networks[0].Maps.Length} seeds."),
            X = new Axis("lag |i − j|, frames"),
            Y = new Axis("attention"),
            Curves = curves,
            Bands = bands,
        };
        return new("profiles", chart.ToSvg(), "An untrained profile may fall too, though its map does not follow the lag: compare the heat maps.");
    }

    private static ResultFigure Heat(string name, string title, GaussianSequence process, (string Title, double[] Map)[] panels)
    {
        HeatMap map = new()
        {
            Title = title,
            Subtitle = FormattableString.Invariant($"κ = {Kappa(process):F0} at t₀; row: who looks, column: where; t = {Time}, seed 0."),
            Panels = [.. panels.Select(panel => new HeatMapPanel(panel.Title, process.Frames, process.Frames, panel.Map))],
            Palette = HeatPalette.Sequential,
            ValueTitle = "attention",
        };
        return new(name, map.ToSvg(), "Means over noisy sequences that were not trained on.");
    }

    // What the heads of one network do on fresh noisy sequences, held against a covariance.
    private sealed record Maps(IReadOnlyList<AttentionMap> Heads, double[] Mean, double[] MeanClean, double[] Target, int Size)
    {
        private const int Sequences = 96;

        public double BestShare => Heads.Max(head => LagStructure.Share(head.Weights, Size));

        public double MeanShare => LagStructure.Share(Mean, Size);

        public double Whole => Correlation.Pearson(Mean, LagStructure.Rows(Target, Size));

        public double Elsewhere => OffDiagonal(Mean);

        public double ElsewhereClean => OffDiagonal(MeanClean);

        public double Length => LagStructure.Length(Mean, Size);

        public double LengthClean => LagStructure.Length(MeanClean, Size);

        public double[] Best => Heads.MaxBy(head => OffDiagonal(head.Weights))!.Weights;

        public double BestLagCorrelation => Heads.Max(head =>
            Correlation.Pearson(SequenceStatistics.LagCurve(head.Weights, Size), SequenceStatistics.LagCurve(Target, Size)));

        public static Maps Of(TrainedNetwork network, double[] target, int seed)
        {
            IReadOnlyList<AttentionMap> heads = At(network, Time, seed);
            return new(heads, Weighted(heads), Weighted(At(network, Clean, seed)), target, network.Data.Frames);
        }

        private double OffDiagonal(double[] map) => Correlation.Pearson(LagStructure.Elsewhere(map, Size), LagStructure.Elsewhere(Target, Size));

        private static IReadOnlyList<AttentionMap> At(TrainedNetwork network, double time, int seed)
        {
            int size = network.Data.Judge.Size;
            NoiseLevel level = NoiseLevel.FromTime(time);
            float[] x = network.Fresh(Sequences), noise = new float[x.Length], times = new float[Sequences];
            for (int i = 0; i < Sequences; i++) new Philox((ulong)seed, PhiloxStream.Evaluation).FillNormal(0, i, noise.AsSpan(i * size, size));
            ForwardProcess.AddNoise([level], x, noise, x);
            Array.Fill(times, (float)network.Model.Schedule.Timestep(level));
            return AttentionMaps.Of((DiT)network.Model.Network, x, times);
        }

        private static double[] Weighted(IReadOnlyList<AttentionMap> heads)
        {
            double[] mean = new double[heads[0].Weights.Length];
            double strength = heads.Sum(head => head.Strength);
            foreach (AttentionMap head in heads)
            {
                for (int i = 0; i < mean.Length; i++) mean[i] += head.Strength / strength * head.Weights[i];
            }

            return mean;
        }
    }
}

/// <summary>Sizes of the experiment on attention.</summary>
/// <param name="Frames">Frames N.</param>
/// <param name="Ells">ℓ of the kernels, rising; the first is looked at closely.</param>
/// <param name="Network">The network.</param>
internal sealed record AttentionSetting(int Frames, double[] Ells, TrainingConfig Network)
{
    public static AttentionSetting Of(ExperimentOptions options) => options.Quick
        ? new(12, [4, 16], TrainedNetwork.Small)
        : new(16, [4, 8, 16], TrainedNetwork.Large);
}
