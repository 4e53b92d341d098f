using PureDit.Kernels;

namespace PureDit.TestSupport;

/// <summary>A float kernel of one argument beside its twin in double.</summary>
public sealed record ElementaryFunction(string Name, ElementaryFunction.FloatKernel Kernel, ElementaryFunction.Twin Exact)
{
    public delegate void FloatKernel(Cpu cpu, ReadOnlySpan<float> x, Span<float> y);

    public delegate void Twin(ReadOnlySpan<double> x, Span<double> y);

    public static IReadOnlyList<ElementaryFunction> All { get; } =
    [
        new("exp", Elementwise.Exp, Kernels.Reference.Elementwise.Exp),
        new("log", Elementwise.Log, Kernels.Reference.Elementwise.Log),
        new("tanh", Elementwise.Tanh, Kernels.Reference.Elementwise.Tanh),
        new("erf", Elementwise.Erf, Kernels.Reference.Elementwise.Erf),
        new("sin", Elementwise.Sin, Kernels.Reference.Elementwise.Sin),
        new("cos", Elementwise.Cos, Kernels.Reference.Elementwise.Cos),
    ];

    public override string ToString() => Name;
}
