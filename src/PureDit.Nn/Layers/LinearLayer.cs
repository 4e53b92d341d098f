using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>y = x·Wᵀ + b with parameters <c>name.weight</c> [Out, In] and <c>name.bias</c> [Out].</summary>
internal sealed class LinearLayer
{
    public LinearLayer(ParameterStore store, string name, Shape weight)
    {
        Weight = store.Add(name + ".weight", weight);
        Bias = store.Add(name + ".bias", new Shape(weight[0]));
    }

    public LinearLayer(ParameterStore store, string name, int inputs, int outputs)
        : this(store, name, new Shape(outputs, inputs))
    {
    }

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    public Variable Forward(Tape tape, Variable x) => tape.Linear(x, tape.Use(Weight), tape.Use(Bias));

    public Variable ForwardGelu(Tape tape, Variable x) => tape.LinearGelu(x, tape.Use(Weight), tape.Use(Bias));

    /// <summary>residual + gate ⊙ (x·Wᵀ + b); the branch itself is kept only where it is asked for or the tape records.</summary>
    public Variable ForwardGated(
        Tape tape, Variable x, Variable residual, Variable modulation, int gateChunk, bool keepBranch, out Variable branch) =>
        tape.LinearGated(x, tape.Use(Weight), tape.Use(Bias), residual, modulation, gateChunk, out branch, keepBranch);

    public void InitializeXavier(Initializers random)
    {
        random.XavierUniform(Weight);
        Bias.Data.Clear();
    }

    public void InitializeNormal(Initializers random, double standardDeviation)
    {
        random.Normal(Weight, standardDeviation);
        Bias.Data.Clear();
    }

    public void InitializeZero()
    {
        Weight.Data.Clear();
        Bias.Data.Clear();
    }
}
