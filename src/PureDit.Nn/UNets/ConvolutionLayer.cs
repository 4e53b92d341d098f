using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>Convolution over frames with parameters <c>name.weight</c> [Out, size, In] and <c>name.bias</c> [Out]; keeps the length, or with a stride shortens it.</summary>
internal sealed class ConvolutionLayer
{
    private readonly LinearLayer _map; // of a window
    private readonly int _stride, _padding;

    public ConvolutionLayer(ParameterStore store, string name, int inputs, int outputs, int size, int stride = 1)
    {
        _map = new LinearLayer(store, name, new Shape(outputs, size, inputs));
        (_stride, _padding) = (stride, (size - 1) / 2);
    }

    public Variable Forward(Tape tape, Variable x) =>
        tape.Convolution(x, tape.Use(_map.Weight), tape.Use(_map.Bias), _stride, _padding);

    public void InitializeXavier(Initializers random) => _map.InitializeXavier(random);

    public void InitializeZero() => _map.InitializeZero();
}
