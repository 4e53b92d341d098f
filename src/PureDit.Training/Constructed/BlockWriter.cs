// Writes the weights of one DiT block in terms of the slots of a token. Head 0 looks by the kernel, head 1 at the token's
// own frame; their queries and keys are the slots that say which frame a token is.

using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Writes one block of the constructed DiT.</summary>
internal sealed class BlockWriter
{
    public const int GateMsa = 2, GateMlp = 5;
    private const int ScaleMsa = 1, ScaleMlp = 4, KernelHead = 0, OwnHead = 1, Queries = 0, Keys = 1, Values = 2;
    private const double NoWeight = -80;    // the logit of a weight that float32 cannot tell from 0
    private const float Asleep = 64;        // pushes the units of other frames below zero, whatever h is there
    private readonly Parameter _qkv, _projection, _hidden, _hiddenBias, _output, _modulation, _modulationBias;
    private readonly TimeKnots _time;
    private readonly int _headSize, _hiddenWidth;
    private int _unit;

    public BlockWriter(DiT network, ConstructedTokens tokens, TimeKnots time, string name)
    {
        (Tokens, _time) = (tokens, time);
        (_headSize, _hiddenWidth) = (tokens.Width / network.Config.Heads, network.Config.MlpWidth);
        ParameterStore all = network.Parameters;
        (_qkv, _projection) = (all[name + ".attn.qkv.weight"], all[name + ".attn.proj.weight"]);
        (_hidden, _hiddenBias, _output) = (all[name + ".mlp.fc1.weight"], all[name + ".mlp.fc1.bias"], all[name + ".mlp.fc2.weight"]);
        (_modulation, _modulationBias) = (all[name + ".adaLN_modulation.1.weight"], all[name + ".adaLN_modulation.1.bias"]);
    }

    public ConstructedTokens Tokens { get; }

    /// <summary>Undoes the division of both norms: the scale is the standard deviation of a token.</summary>
    public void Norms()
    {
        foreach (int chunk in new[] { ScaleMsa, ScaleMlp })
        {
            _modulationBias.Data.Slice(chunk * Tokens.Width, Tokens.Width).Fill((float)(Tokens.Deviation - 1));
        }
    }

    /// <summary>Makes the gates of some slots a function of the noise level.</summary>
    public void Gate(int chunk, int slot, Func<NoiseLevel, double> function)
    {
        (double[] weights, double bias) = _time.Fit(function);
        for (int a = 0; a < Tokens.Channels; a++)
        {
            int row = (chunk * Tokens.Width) + slot + a;
            for (int j = 0; j < weights.Length; j++) _modulation.Data[(row * Tokens.Width) + j] = (float)weights[j];
            _modulationBias.Data[row] = (float)bias;
        }
    }

    /// <summary>Makes the gates of some slots a constant.</summary>
    public void Gate(int chunk, int slot, double constant) =>
        _modulationBias.Data.Slice((chunk * Tokens.Width) + slot, Tokens.Channels).Fill((float)constant);

    /// <summary>Head 0: attention weights Γ_ij/D_i, by logits ln Γ_ij.</summary>
    public void LookByKernel(ReadOnlySpan<double> temporal)
    {
        for (int i = 0; i < Tokens.Frames; i++)
        {
            for (int j = 0; j < Tokens.Frames; j++)
            {
                double value = temporal[(i * Tokens.Frames) + j];
                Look(KernelHead, i, j, value > 0 ? Math.Max(NoWeight, PortableMath.Log(value)) : NoWeight);
            }
        }
    }

    /// <summary>Head 1: every frame attends to itself alone.</summary>
    public void LookAtOwnFrame()
    {
        for (int i = 0; i < Tokens.Frames; i++) Look(OwnHead, i, i, -NoWeight);
    }

    /// <summary>Head 0 carries zΣ into h.</summary>
    public void CarryByKernel(ReadOnlySpan<double> spatial)
    {
        int d = Tokens.Channels;
        for (int a = 0; a < d; a++)
        {
            for (int b = 0; b < d; b++) Tokens.Read(_qkv, Row(Values, KernelHead, a), Tokens.Score + b, spatial[(b * d) + a]);
            _projection.Data[((Tokens.Sum + a) * Tokens.Width) + (KernelHead * _headSize) + a] = 1;
        }
    }

    /// <summary>Head 1 carries d slots of a frame into d others.</summary>
    /// <param name="place">Which of the head's values to use, 0 or 1.</param>
    /// <param name="from">First slot that is read.</param>
    /// <param name="to">First slot that is added to, by its gates.</param>
    public void CarryByOwnFrame(int place, int from, int to)
    {
        for (int a = 0; a < Tokens.Channels; a++)
        {
            int value = (place * Tokens.Channels) + a;
            Tokens.Read(_qkv, Row(Values, OwnHead, value), from + a, 1);
            _projection.Data[((to + a) * Tokens.Width) + (OwnHead * _headSize) + value] = 1;
        }
    }

    /// <summary>Two units of the MLP that hand on a slot as it is: gelu(y) − gelu(−y) = y.</summary>
    /// <param name="slot">y.</param>
    /// <param name="frames">The frames that wake them; elsewhere they give 0. Null for all.</param>
    /// <param name="outputs">Slots that are added to, by their gates, and factors.</param>
    public void Pair(int slot, int[]? frames, params ReadOnlySpan<(int Slot, double Factor)> outputs)
    {
        foreach (int sign in new[] { 1, -1 })
        {
            Tokens.Read(_hidden, _unit, slot, sign);
            foreach (int frame in frames ?? []) Tokens.Read(_hidden, _unit, Tokens.Frame + frame, Asleep);
            if (frames is not null) _hiddenBias.Data[_unit] = -Asleep;
            foreach ((int to, double factor) in outputs) _output.Data[(to * _hiddenWidth) + _unit] += (float)(sign * factor);
            _unit++;
        }
    }

    // A query of frame i and keys that are the frames: q_i[j] = √m·logit, k_j = the j-th unit vector.
    private void Look(int head, int i, int j, double logit)
    {
        Tokens.Read(_qkv, Row(Queries, head, j), Tokens.Frame + i, logit * Math.Sqrt(_headSize));
        if (i == j) Tokens.Read(_qkv, Row(Keys, head, j), Tokens.Frame + j, 1);
    }

    private int Row(int part, int head, int value) => (part * Tokens.Width) + (head * _headSize) + value;
}
