using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>silu(group norm) with parameters <c>name.scale</c> and <c>name.shift</c> [D]: x̂·(1 + scale) + shift, both zero at first.</summary>
internal sealed class GroupNormLayer(ParameterStore store, string name, int width, int groups)
{
    private readonly Parameter _scale = store.Add(name + ".scale", new Shape(width)), _shift = store.Add(name + ".shift", new Shape(width));

    public Variable ForwardSilu(Tape tape, Variable x) => tape.Silu(tape.GroupNorm(x, tape.Use(_shift), tape.Use(_scale), groups));
}
