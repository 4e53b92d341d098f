// One transformer block with adaptive layer norm, adaLN-Zero (Peebles & Xie 2023, arXiv 2212.09748, figure 3):
//   (shift, scale, gate)_msa, (shift, scale, gate)_mlp = adaLN_modulation( silu(c) )          six chunks of width D
//   x ← x + gate_msa ⊙ attention( norm(x)·(1 + scale_msa) + shift_msa )
//   x ← x + gate_mlp ⊙ mlp(       norm(x)·(1 + scale_mlp) + shift_mlp )                       mlp = fc2 ∘ gelu ∘ fc1
// The modulation begins as zero, so a fresh block is the identity, bit for bit.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

internal sealed class DiTBlock
{
    private const int ShiftMsa = 0, ScaleMsa = 1, GateMsa = 2, ShiftMlp = 3, ScaleMlp = 4, GateMlp = 5;
    private readonly string _name;
    private readonly string _attentionName;
    private readonly string _mlpName;
    private readonly int _heads;
    private readonly LinearLayer _qkv, _projection, _fc1, _fc2, _modulation;
    private readonly AttentionSettings? _settings; // with gains for queries and keys, which bound the scores
    private readonly Parameter? _queryGain, _keyGain;
    private readonly int _headSize;

    public DiTBlock(ParameterStore store, string name, DiTConfig config)
    {
        (_name, _attentionName, _mlpName, _heads) = (name, name + ".attn", name + ".mlp", config.Heads);
        int width = config.Width;
        _qkv = new LinearLayer(store, name + ".attn.qkv", width, 3 * width);
        (_settings, _headSize) = (config.Attention, width / config.Heads);
        if (_settings is not null)
        {
            _queryGain = store.Add(name + ".attn.q_norm.weight", new Shape(config.Heads));
            _keyGain = store.Add(name + ".attn.k_norm.weight", new Shape(config.Heads));
        }

        _projection = new LinearLayer(store, name + ".attn.proj", width, width);
        _fc1 = new LinearLayer(store, name + ".mlp.fc1", width, config.MlpWidth);
        _fc2 = new LinearLayer(store, name + ".mlp.fc2", config.MlpWidth, width);
        _modulation = new LinearLayer(store, name + ".adaLN_modulation.1", width, 6 * width);
    }

    // [doc:dit-block]
    /// <param name="tape">The tape of the running step.</param>
    /// <param name="x">Tokens, [N, T, D].</param>
    /// <param name="siluC">silu of the conditioning, [N, D]; the same for all blocks.</param>
    /// <param name="observer">Sees the branches and the result.</param>
    public Variable Forward(Tape tape, Variable x, Variable siluC, IActivationObserver? observer)
    {
        Variable modulation = _modulation.Forward(tape, siluC); // [N, 6·D]

        bool keep = observer is not null;
        Variable qkv = _qkv.Forward(tape, tape.LayerNormModulate(x, modulation, ShiftMsa, ScaleMsa)); // [N, T, 3·D]
        observer?.ObserveAttention(_attentionName, qkv, _heads);
        Variable heads = Attend(tape, qkv);
        x = _projection.ForwardGated(tape, heads, x, modulation, GateMsa, keep, out Variable attention);

        Variable hidden = _fc1.ForwardGelu(tape, tape.LayerNormModulate(x, modulation, ShiftMlp, ScaleMlp)); // [N, T, ratio·D]
        x = _fc2.ForwardGated(tape, hidden, x, modulation, GateMlp, keep, out Variable mlp);

        observer?.Observe(_attentionName, attention);
        observer?.Observe(_mlpName, mlp);
        observer?.Observe(_name, x);
        return x;
    }
    // [/doc:dit-block]

    // [doc:linear-attention-model]
    private Variable Attend(Tape tape, Variable qkv)
    {
        if (_settings is null) return tape.Attention(qkv, _heads);
        AttentionPlan plan = _settings.PlanFor(new AttentionShape(qkv.Shape[0], qkv.Shape[1], _heads, _headSize));
        return tape.Attention(tape.QueryKeyNorm(qkv, tape.Use(_queryGain!), tape.Use(_keyGain!), _settings.LargestGain(_headSize)), plan);
    }
    // [/doc:linear-attention-model]

    public IEnumerable<Parameter> Weights =>
        [_qkv.Weight, _projection.Weight, _fc1.Weight, _fc2.Weight, _modulation.Weight];

    public void Initialize(Initializers random)
    {
        _qkv.InitializeXavier(random);
        _projection.InitializeXavier(random);
        _fc1.InitializeXavier(random);
        _fc2.InitializeXavier(random);
        _modulation.InitializeZero();
        float gain = (_settings?.LargestGain(_headSize) ?? 0) / MathF.Sqrt(2); // scores begin within half of their bound
        _queryGain?.Data.Fill(gain);
        _keyGain?.Data.Fill(gain);
    }
}
