// Frames on a circle:  e_i = r (cos(2πi/C), sin(2πi/C)),   ⟨e_i, e_j⟩ = r² cos(2π(i − j)/C).
//
// The inner product, which attention computes, then knows the lag and nothing else: ‖e_i − e_j‖ = 2r|sin(π(i−j)/C)|
// grows strictly for lags 0 … N − 1 if C ≥ 2(N − 1), and is close to |i − j| for r = C/2π. The example of the
// embedding assumption as read in Ye and Chen 2025, arXiv 2510.02216.

using PureDit.Kernels;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>Position embeddings of frames on a circle.</summary>
public sealed class CirclePositions
{
    /// <summary>Lays frames out.</summary>
    /// <param name="frames">N, 1 or more.</param>
    /// <param name="circumference">C in frames, at least 2(N − 1) and 2; 0 for 2N.</param>
    /// <param name="radius">r &gt; 0; 0 for C/2π, at which neighbours are about 1 apart.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public CirclePositions(int frames, double circumference = 0, double radius = 0)
    {
        Expect.Positive(frames);
        Frames = frames;
        Circumference = circumference == 0 ? 2 * frames : circumference;
        Radius = radius == 0 ? Circumference / (2 * Math.PI) : radius;
        if (!(Circumference >= Math.Max(2, 2 * (frames - 1)) && double.IsFinite(Circumference)))
        {
            throw Expect.OutOfRange(nameof(circumference), circumference, $"{2 * (frames - 1)} or more, so that lags stay apart");
        }

        Expect.PositiveFinite(Radius, nameof(radius));
    }

    /// <summary>Number of frames N.</summary>
    public int Frames { get; }

    /// <summary>C, in frames.</summary>
    public double Circumference { get; }

    /// <summary>r.</summary>
    public double Radius { get; }

    /// <summary>e_i.</summary>
    /// <param name="frame">i.</param>
    public (double X, double Y) At(int frame)
    {
        (double sin, double cos) = PortableMath.SinCos(2 * Math.PI * frame / Circumference);
        return (Radius * cos, Radius * sin);
    }

    /// <summary>c_m = r² cos(2πm/C), the inner product at a lag; falls from c_0 = r².</summary>
    /// <param name="lag">m in 0 … N − 1.</param>
    public double InnerProduct(int lag) => Radius * Radius * PortableMath.SinCos(2 * Math.PI * lag / Circumference).Cos;
}
