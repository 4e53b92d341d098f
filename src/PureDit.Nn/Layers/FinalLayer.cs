// From tokens of width D to the values of a patch or frame:
//   shift, scale = adaLN_modulation( silu(c) );   linear( norm(x)·(1 + scale) + shift )
// Both begin as zero, so a fresh model predicts exactly 0.

using PureDit.Autodiff;

namespace PureDit.Nn;

internal sealed class FinalLayer
{
    private const int Shift = 0, Scale = 1;
    private readonly string _name;
    private readonly LinearLayer _linear, _modulation;

    public FinalLayer(ParameterStore store, string name, int width, int outputs)
    {
        _name = name;
        _linear = new LinearLayer(store, name + ".linear", width, outputs);
        _modulation = new LinearLayer(store, name + ".adaLN_modulation.1", width, 2 * width);
    }

    // [doc:final-layer]
    /// <summary>x [N, T, D], silu(c) [N, D] → [N, T, values of a token].</summary>
    public Variable Forward(Tape tape, Variable x, Variable siluC, IActivationObserver? observer)
    {
        Variable modulation = _modulation.Forward(tape, siluC); // [N, 2·D]
        Variable y = _linear.Forward(tape, tape.LayerNormModulate(x, modulation, Shift, Scale));
        observer?.Observe(_name, y);
        return y;
    }
    // [/doc:final-layer]

    public IEnumerable<Parameter> Weights => [_linear.Weight, _modulation.Weight];

    public void Initialize()
    {
        _linear.InitializeZero();
        _modulation.InitializeZero();
    }
}
