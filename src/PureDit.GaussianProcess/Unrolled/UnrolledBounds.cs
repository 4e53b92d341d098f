// How large the slots of an unrolled transformer become at any level t ≥ t₀, and what multiplying inexactly costs.
//
//   C   = √(tr A) + √(2 λmax(A) ln 10⁹)              ‖x_t − αμ‖ exceeds it with probability 10⁻⁹ at most (Gaussian concentration)
//   ‖∇‖ ≤ Q·C,   ‖s‖ ≤ (1 + Q)·C/λmin(Ā),   ‖h‖ ≤ ‖Γ̄‖‖Σ‖·‖s‖        Q = max |q_k| over steps and spectrum; 1 without overshoot
//
// Every eigenvalue of A_t moves monotonically from its value at t₀ to 1, so the extremes are at the ends. One product of
// factors bounded by B_x, B_y errs by δ·B_x·B_y; the errors of a step are summed into StepError, and gradient descent,
// which contracts by (κ − 1)/(κ + 1), keeps their accumulation below ½(κ_t + 1)·StepError. Derived.

using PureDit.Diffusion;
using PureDit.Kernels;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>Bounds on the slots of an unrolled transformer, for all levels from the earliest on.</summary>
public sealed class UnrolledBounds
{
    private const double Margin = 1.1; // for what the errors of the products add
    private static readonly double TailExponent = 9 * PortableMath.Log(10);
    private readonly TruncatedProcess _process;

    internal UnrolledBounds(TruncatedProcess process, UnrolledOptions options)
    {
        _process = process;
        GaussianSequence whole = process.Process;
        (double smallest, double largest) = process.Spectrum(options.Earliest);
        double trace = 0, top = 0;
        foreach (double lambda in whole.Modes)
        {
            double a = (options.Earliest.AlphaBar * lambda) + options.Earliest.Variance;
            (trace, top) = (trace + a, Math.Max(top, a));
        }

        if (!(options.DataRadius >= 0 && double.IsFinite(options.DataRadius)))
        {
            throw Expect.OutOfRange(nameof(options.DataRadius), options.DataRadius, "0 or more");
        }

        DataRadius = options.DataRadius > 0 ? options.DataRadius
            : Math.Sqrt(Math.Max(trace, whole.Size)) + Math.Sqrt(2 * Math.Max(top, 1) * TailExponent);
        double overshoot = options.Method != UnrolledMethod.HeavyBall ? 1
            : Enumerable.Range(0, options.Steps + 1).Max(k => UnrolledSchedule.WorstError(options.Method, largest / smallest, k));
        OutputRange = (1 + overshoot) * DataRadius / Math.Min(smallest, 1);
        Score = Margin * OutputRange;
        ReadOnlySpan<double> g = process.TemporalEigen.Values;
        Attended = Math.Max(Math.Abs(g[0]), g[^1]) * whole.SpatialEigen.Values[^1] * Score;
        Gradient = Margin * overshoot * DataRadius;
        bool accelerated = options.Method != UnrolledMethod.GradientDescent;
        Rate = (accelerated ? 4 : 2) / Math.Min(smallest + largest, 2); // η ≤ 2/(m + L), with momentum 4/(m + L)

        double delta = options.Products.RelativeError;
        double perValue = delta * ((Rate * (Attended + Score + Gradient)) + (accelerated ? 2 * Score : 0));
        StepError = Math.Sqrt(whole.Size) * perValue;
    }

    /// <summary>C, the norm of x_t − αμ up to which the other bounds hold.</summary>
    public double DataRadius { get; }

    /// <summary>R, bounds the norm of every iterate; the decoder clips there.</summary>
    public double OutputRange { get; }

    /// <summary>Bounds a value of s.</summary>
    public double Score { get; }

    /// <summary>Bounds a value of h = Γ̄ s Σ.</summary>
    public double Attended { get; }

    /// <summary>Bounds a value of ∇L(s).</summary>
    public double Gradient { get; }

    /// <summary>Bounds η.</summary>
    public double Rate { get; }

    /// <summary>Bounds the norm of what inexact products add to s in one step; 0 for gates.</summary>
    public double StepError { get; }

    /// <summary>Bounds how far unrolled gradient descent with inexact products is from the exact one, ½(κ_t + 1)·StepError.</summary>
    /// <param name="level">The noise level t.</param>
    public double AccumulatedError(NoiseLevel level)
    {
        (double smallest, double largest) = _process.Spectrum(level);
        return 0.5 * ((largest / smallest) + 1) * StepError;
    }
}
