namespace PureDit.Autodiff.Tests;

/// <summary>A value and its derivative along one direction: forward-mode differentiation, the oracle of the reverse mode.</summary>
public readonly record struct Dual(double Value, double Derivative)
{
    public static Dual operator +(Dual a, Dual b) => new(a.Value + b.Value, a.Derivative + b.Derivative);

    public static Dual operator *(Dual a, Dual b) => new(a.Value * b.Value, (a.Value * b.Derivative) + (a.Derivative * b.Value));

    public Dual Apply(Func<double, double> f)
    {
        const double H = 1e-5; // central difference in double: error about 1e-10
        return new(f(Value), Derivative * (f(Value + H) - f(Value - H)) / (2 * H));
    }
}
