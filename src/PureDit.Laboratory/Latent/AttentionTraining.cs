// A latent DiT for which attention matters, trained on with exact or with polynomial attention. Groups of four tokens share one
// sign: a token alone knows little of it, its group much, so that a network must look at the right three others. Gains
// begin at their limit (scores fill [−R, R]), and all continue from the weights of one network that was trained with exact
// attention: its gates are open.
//
// What a difference of losses may be. A polynomial of certified error ε moves the weights of a row by at most η = ε/(1 − ε) in
// sum; uniform weights are about 1 away. If outputs y move no further per moved weight than on that way, ‖y_ε − y‖ ≤
// η‖y_0 − y‖ ≤ η(√L₀ + √L), with L, L₀ the losses of the same network with its weights and with uniform ones. A squared loss
// moves by at most ‖Δy‖(2√L + ‖Δy‖), so to first order
//   |L_ε/L − 1| ≤ 2η(1 + √(L₀/L)).
// That is for the same weights of the network. In training they drift apart; the drift has no bound without constants that nobody
// knows, but it is linear in η as well, and the experiment asks it to stay within what the inequalities above left over.

using PureDit.Autodiff;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Latent;
using PureDit.Nn;
using PureDit.Training;

namespace PureDit.Laboratory;

/// <summary>Trains one network further with several attentions.</summary>
internal sealed class AttentionTraining
{
    public const int HeadSize = 4, StepsPerReport = 4; // a loss is the mean of so many
    public const double LargestScore = 2;

    private const int Width = 16, Side = 8, Group = 16, Samples = 1024, StandingSteps = 8;
    private const double Amplitude = 0.8, Variance = 0.15, Rate = 4e-3, OnwardRate = 1e-3;

    /// <summary>Exact attention.</summary>
    public static readonly AttentionSettings Exact = new(AttentionMode.Exact, LargestScore: LargestScore);

    /// <summary>Scores up to 1e-8: equal weights.</summary>
    public static readonly AttentionSettings Equal = Exact with { LargestScore = 1e-8 };

    private readonly LatentData _data;
    private readonly DiT _start;
    private readonly int _warmUp;
    private readonly CancellationToken _cancellation;

    /// <summary>Trains the network that all others continue.</summary>
    /// <param name="seed">Of data, initial weights and batches.</param>
    /// <param name="warmUp">Steps.</param>
    /// <param name="cancellation">Ends it after a step.</param>
    public AttentionTraining(int seed, int warmUp, CancellationToken cancellation)
    {
        (_warmUp, _cancellation) = (warmUp, cancellation);
        TrainingConfig config = new()
        {
            Width = Width,
            Depth = 2,
            Heads = Width / HeadSize,
            Batch = 16,
            Minutes = 0,
            WarmupSteps = 20,
            EmaDecay = 0,
            MinTime = 0.3,
            MaxTime = 3,
            TimePower = 1,
            Seed = seed,
            LogEvery = StepsPerReport,
            CheckpointEvery = 0,
        };
        LatentWorld world = LatentWorld.Of(Side * Side, Groups(), seed);
        _data = LatentData.Create(
            config, Array.ConvertAll(world.Codes(Samples, seed), v => (float)v), new PatchReshape(Side, 2), new IdentityAutoencoder(Side * Side));
        (_start, Learned) = Learn(Exact);
    }

    /// <summary>Loss at the end of the common part: mean of its last tenth.</summary>
    public double Learned { get; }

    /// <summary>The same of a network whose attention has equal weights, trained as long.</summary>
    public double LearnedWithout() => Learn(Equal).Loss;

    /// <summary>Losses while training goes on, each the mean of four steps.</summary>
    public double[] Onward(AttentionSettings attention, int steps) => Run(Copy(attention), steps, OnwardRate, batches: 1);

    /// <summary>Mean loss without training: of the same weights of the network, on the same batches.</summary>
    public double Standing(AttentionSettings attention) => Run(Copy(attention), StandingSteps, 0, batches: 2).Average();

    /// <summary>The bound of |L_ε/L − 1|, see above.</summary>
    public static double Bound(double certified, double uniformOverExact) => 2 * certified / (1 - certified) * (1 + Math.Sqrt(uniformOverExact));

    /// <summary>Polynomial attention of an asked error, and what its plan certifies for these sequences.</summary>
    public static (AttentionSettings Settings, AttentionPlan Plan) Polynomial(double error)
    {
        AttentionSettings settings = Exact with { Mode = AttentionMode.Polynomial, Error = error };
        return (settings, settings.PlanFor(new AttentionShape(1, Side * Side / HeadSize, 1, HeadSize)));
    }

    // h₀ of groups of 16 values, four tokens: ±c and a little of its own.
    private static BlockLaw Groups()
    {
        double[] covariance = new double[Group * Group], centre = [.. Enumerable.Range(0, Group).Select(i => i % 2 == 0 ? Amplitude : -Amplitude)];
        for (int i = 0; i < Group; i++) covariance[i * (Group + 1)] = Variance;
        return new(new LatentMixture([1, 1], [new(centre, covariance), new([.. centre.Select(v => -v)], covariance)]), Side * Side / Group);
    }

    private (DiT Network, double Loss) Learn(AttentionSettings attention)
    {
        DiT network = new(_data.Model.Tokens.Network.Config with { Attention = attention }, (ulong)_data.Config.Seed);
        foreach (Parameter parameter in network.Parameters.Parameters)
        {
            if (parameter.Name.EndsWith("_norm.weight", StringComparison.Ordinal)) parameter.Data.Fill(attention.LargestGain(HeadSize));
        }

        double[] losses = Run(network, _warmUp, Rate, batches: 0);
        return (network, losses[^((losses.Length + 9) / 10)..].Average());
    }

    private DiT Copy(AttentionSettings attention)
    {
        DiT network = new(_start.Config with { Attention = attention }, (ulong)_data.Config.Seed);
        foreach ((Parameter to, Parameter from) in network.Parameters.Parameters.Zip(_start.Parameters.Parameters)) from.Data.CopyTo(to.Data);
        return network;
    }

    private double[] Run(DiT network, int steps, double rate, int batches)
    {
        LatentData data = _data with
        {
            Config = _data.Config with { Steps = steps, LearningRate = rate, Seed = _data.Config.Seed + (1000 * batches) },
            Model = new LatentModel(_data.Model.Tokens with { Network = network }, _data.Model.Reshape, _data.Model.Autoencoder),
        };
        TrainingSummary summary = data.Train(TimeProvider.System, cancellation: _cancellation); // no time limit is set: the clock changes nothing
        _cancellation.ThrowIfCancellationRequested();
        return [.. summary.History.Select(report => report.Loss)];
    }
}
