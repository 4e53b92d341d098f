// What the others need for the same error: random features (FAVOR+), landmarks (Nyström) and the second-order Taylor
// polynomial, on one head. Numbers of features double until the measured error is what was asked, which is kinder to them
// than to the polynomial, whose degree is chosen by a bound that no values can break; the
// degree that the measured error needs stands beside it.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>The measured error of other methods against their number of features.</summary>
internal sealed class OtherAttention
{
    private const int MostDegree = 4;
    private readonly BoundedHead _head;
    private readonly (int Token, double[] O)[] _exact;
    private readonly float[] _o;

    public OtherAttention(BoundedHead head, int rows, int seed, int mostFeatures, int mostLandmarks)
    {
        (_head, _exact, _o) = (head, head.ExactRows(rows), new float[head.Shape.OutputLength]);
        Favor = Sweep(16, mostFeatures, m => FavorAttention.Forward(
            Cpu.AllCores, head.Shape, FavorFeatures.Create(head.Shape.HeadSize, m, (ulong)(100 + seed)), head.Qkv, _o));
        Nystroem = Sweep(4, Math.Min(mostLandmarks, head.Shape.Tokens), m => NystroemAttention.Forward(Cpu.AllCores, head.Shape, m, head.Qkv, _o));
        Polynomial = [.. Enumerable.Range(1, MostDegree).Select(degree => Degree(degree, PolynomialFit.LeastSquares))];
        Taylor = Degree(2, PolynomialFit.Taylor);
    }

    /// <summary>Features and errors.</summary>
    public (int Count, double Error)[] Favor { get; }

    /// <summary>Landmarks and errors.</summary>
    public (int Count, double Error)[] Nystroem { get; }

    /// <summary>Degrees and errors.</summary>
    public (int Count, double Error)[] Polynomial { get; }

    /// <summary>Degree 2 and its error.</summary>
    public (int Count, double Error) Taylor { get; }

    /// <summary>The fewest features that reach an error; null where none of those tried do.</summary>
    public static (int Count, double Error)? Reaches((int Count, double Error)[] tried, double error)
    {
        int first = Array.FindIndex(tried, t => t.Error <= error);
        return first < 0 ? null : tried[first];
    }

    /// <summary>A polynomial of a degree, whatever it errs.</summary>
    public static AttentionPlan PlanOf(BoundedHead head, int degree, PolynomialFit fit) => AttentionPlan.Measure(
        Cpu.Serial, head.Shape, head.Qkv,
        new(double.PositiveInfinity, AttentionMode.Polynomial, AttentionGradient.None) { Degree = degree, Fit = fit });

    private (int, double) Degree(int degree, PolynomialFit fit)
    {
        PolynomialAttention.Forward(Cpu.AllCores, PlanOf(_head, degree, fit), _head.Qkv, _o, []);
        return (degree, _head.Error(_exact, _o));
    }

    private (int, double)[] Sweep(int first, int last, Action<int> attend)
    {
        List<(int, double)> errors = [];
        for (int count = first; count <= last; count *= 2)
        {
            attend(count);
            errors.Add((count, _head.Error(_exact, _o)));
        }

        return [.. errors];
    }
}
