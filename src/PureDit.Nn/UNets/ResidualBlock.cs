// One residual block, told the diffusion time by adaptive group norm (Dhariwal & Nichol 2021, arXiv 2105.05233, section 3):
//   h = conv1( silu( norm1(x) ) )
//   h = conv2( silu( norm(h)·(1 + scale) + shift ) ),   shift, scale = modulation( silu(c) )
//   y = skip(x) + h                                      skip: the identity, or linear where the width changes
// conv2 begins as zero, so a fresh block is its skip.

using PureDit.Autodiff;

namespace PureDit.Nn;

internal sealed class ResidualBlock
{
    private const int Shift = 0, Scale = 1;
    private readonly int _groups;
    private readonly GroupNormLayer _norm;
    private readonly ConvolutionLayer _first, _second;
    private readonly LinearLayer _modulation;
    private readonly LinearLayer? _skip;

    public ResidualBlock(ParameterStore store, string name, UNetConfig config, int inputs, int outputs)
    {
        _groups = config.Groups;
        _norm = new GroupNormLayer(store, name + ".norm1", inputs, config.Groups);
        _first = new ConvolutionLayer(store, name + ".conv1", inputs, outputs, config.KernelSize);
        _modulation = new LinearLayer(store, name + ".modulation", config.EmbeddingWidth, 2 * outputs);
        _second = new ConvolutionLayer(store, name + ".conv2", outputs, outputs, config.KernelSize);
        _skip = inputs == outputs ? null : new LinearLayer(store, name + ".skip", inputs, outputs);
    }

    // [doc:unet-block]
    /// <summary>x [N, T, inputs], silu of the time's embedding [N, E] → [N, T, outputs].</summary>
    public Variable Forward(Tape tape, Variable x, Variable siluC)
    {
        Variable modulation = _modulation.Forward(tape, siluC); // [N, 2·outputs]
        Variable h = _first.Forward(tape, _norm.ForwardSilu(tape, x));
        h = _second.Forward(tape, tape.Silu(tape.GroupNormModulate(h, modulation, Shift, Scale, _groups)));
        return tape.Add(_skip is null ? x : _skip.Forward(tape, x), h);
    }
    // [/doc:unet-block]

    public void Initialize(Initializers random)
    {
        _first.InitializeXavier(random);
        _modulation.InitializeXavier(random);
        _second.InitializeZero();
        _skip?.InitializeXavier(random);
    }
}
