// A process whose Γ is cut off beyond a lag:  Γ̄_ij = Γ_ij for |i − j| ≤ J, else 0.  With Γ̄ a frame attends to 2J + 1
// frames only, and the score that an unrolled solver finds is that of Ā_t = α² Γ̄⊗Σ + σ² I. The price:
//
//   ‖Γ − Γ̄‖₂ ≤ max_i Σ_{|i−j|>J} |Γ_ij|                        (row sums bound the norm of a symmetric matrix)
//   ‖s̄ − s*‖ ≤ α² ‖Γ − Γ̄‖₂ ‖Σ‖₂ / λmin(Ā_t) · ‖s*‖             (from Ā(s̄ − s*) = (A − Ā)s*), while Ā_t is definite
//
// A cut covariance need not be a covariance: eigenvalues of Γ̄ may be negative, Ā_t indefinite, and descent diverges.
// This class says so, with the eigenvalue. J = N − 1 cuts nothing. Truncation is that of Fu et al. 2024, arXiv
// 2407.16134; the bounds are derived here. Not done: tapers that stay definite.

using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>A Gaussian-process sequence with its temporal covariance cut off beyond a lag.</summary>
public sealed class TruncatedProcess
{
    private readonly double[] _temporal, _u, _uTransposed, _w, _wTransposed;

    /// <summary>Cuts the temporal covariance of a process off.</summary>
    /// <param name="process">The process.</param>
    /// <param name="bandwidth">J, the last lag that is kept, in 0 … N − 1; null keeps every lag.</param>
    /// <exception cref="ArgumentOutOfRangeException">J is out of its range.</exception>
    public TruncatedProcess(GaussianSequence process, int? bandwidth = null)
    {
        ArgumentNullException.ThrowIfNull(process);
        int n = process.Frames, d = process.Channels;
        Process = process;
        Bandwidth = bandwidth ?? n - 1;
        if (Bandwidth < 0 || Bandwidth >= n) throw Expect.OutOfRange(nameof(bandwidth), Bandwidth, $"a lag in 0 … {n - 1}");

        double[] removed = new double[n * n];
        _temporal = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            double row = 0;
            for (int j = 0; j < n; j++)
            {
                double value = process.Temporal[(i * n) + j];
                bool kept = Math.Abs(i - j) <= Bandwidth;
                (kept ? _temporal : removed)[(i * n) + j] = value;
                if (!kept) row += Math.Abs(value);
            }

            RemovedBound = Math.Max(RemovedBound, row);
        }

        TemporalEigen = new SymmetricEigen(_temporal, n);
        SymmetricEigen lost = new(removed, n);
        RemovedNorm = Math.Max(Math.Abs(lost.Values[0]), Math.Abs(lost.Values[^1]));
        (_uTransposed, _u) = (TemporalEigen.Vectors.ToArray(), Dense.Transpose(TemporalEigen.Vectors, n, n));
        ReadOnlySpan<double> w = process.SpatialEigen.Vectors;
        (_wTransposed, _w) = (w.ToArray(), Dense.Transpose(w, d, d));
    }

    /// <summary>The whole process.</summary>
    public GaussianSequence Process { get; }

    /// <summary>J, the last lag that is kept.</summary>
    public int Bandwidth { get; }

    /// <summary>Γ̄, [N, N].</summary>
    public ReadOnlySpan<double> Temporal => _temporal;

    /// <summary>Eigenvalues and eigenvectors of Γ̄; the smallest eigenvalue may be negative.</summary>
    public SymmetricEigen TemporalEigen { get; }

    /// <summary>‖Γ − Γ̄‖₂.</summary>
    public double RemovedNorm { get; }

    /// <summary>The largest row sum of |Γ − Γ̄|, which bounds <see cref="RemovedNorm"/>; 2 Σ_{k&gt;J} |γ_k| at most.</summary>
    public double RemovedBound { get; }

    /// <summary>Smallest and largest eigenvalue of Ā_t.</summary>
    /// <param name="level">The noise level t.</param>
    public (double Smallest, double Largest) Spectrum(NoiseLevel level)
    {
        ReadOnlySpan<double> g = TemporalEigen.Values, tau = Process.SpatialEigen.Values;
        double low = Math.Max(0, tau[0]), high = tau[^1]; // Σ is a covariance up to rounding
        double smallest = Math.Min(g[0] * low, g[0] * high), largest = Math.Max(g[^1] * low, g[^1] * high);
        return ((level.AlphaBar * smallest) + level.Variance, (level.AlphaBar * largest) + level.Variance);
    }

    /// <summary>The bound on ‖s̄ − s*‖/‖s*‖ at a level; +∞ where Ā_t is not positive definite.</summary>
    /// <param name="level">The noise level t.</param>
    public double ScoreErrorBound(NoiseLevel level)
    {
        double smallest = Spectrum(level).Smallest;
        double moved = level.AlphaBar * RemovedNorm * Process.SpatialEigen.Values[^1];
        return smallest > 0 ? moved / smallest : double.PositiveInfinity;
    }

    /// <summary>Why descent cannot find a score at a level, in a sentence; null where Ā_t is positive definite.</summary>
    /// <param name="level">The noise level t.</param>
    public string? Problem(NoiseLevel level)
    {
        double smallest = Spectrum(level).Smallest;
        if (smallest > 0) return null;
        return TemporalEigen.Values[0] < 0 && Bandwidth < Process.Frames - 1
            ? FormattableString.Invariant(
                $"Cutting Γ off beyond lag {Bandwidth} lost positive definiteness: its smallest eigenvalue is {TemporalEigen.Values[0]:G4} (that of Γ is {Process.TemporalEigen.Values[0]:G4}), and that of α²Γ⊗Σ + σ²I at t = {level.Time:G4} is {smallest:G4}. Keep more lags, or stop at a later time.")
            : FormattableString.Invariant(
                $"α²Γ⊗Σ + σ²I is singular at t = {level.Time:G4}: its smallest eigenvalue is {smallest:G4}. Stop at a later time.");
    }

    /// <summary>Writes f(Ā_t)·c by the eigenvectors of Γ̄ and Σ.</summary>
    internal void Apply(NoiseLevel level, Func<double, double> f, ReadOnlySpan<double> c, Span<double> result)
    {
        int n = Process.Frames, d = Process.Channels;
        double[] z = new double[n * d], half = new double[n * d];
        Dense.Multiply(_uTransposed, c, n, n, d, half);
        Dense.Multiply(half, _w, n, d, d, z);
        for (int i = 0; i < z.Length; i++)
        {
            double lambda = TemporalEigen.Values[i / d] * Process.SpatialEigen.Values[i % d];
            z[i] *= f((level.AlphaBar * lambda) + level.Variance);
        }

        Dense.Multiply(_u, z, n, n, d, half);
        Dense.Multiply(half, _wTransposed, n, d, d, result);
    }
}
