// What a square map over frames has to do with the lag |i − j|.
//   share    1 − Σ(a_ij − ā_|i−j|)²/Σ(a_ij − ā)²: how much of the map's variance the lag explains; 1 for a symmetric
//            Toeplitz matrix, whatever its scale
//   rows     D⁻¹Γ, Γ with rows that sum to 1: the attention that a kernel of positions alone can have
//   length   the ℓ for which the rows of exp(−|i−j|/ℓ) are nearest to the map's, their diagonals left out: a network carries
//            a token's own value past the attention, so that the map need not

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Statistics of maps over frames.</summary>
internal static class LagStructure
{
    private const double Shortest = 0.1, Longest = 400;
    private const int Lengths = 181; // 5 % apart

    /// <summary>Share of the variance that the lag explains, 0 to 1; 0 for a constant map.</summary>
    /// <param name="map">[n, n].</param>
    /// <param name="n">Frames.</param>
    public static double Share(double[] map, int n)
    {
        double[] curve = SequenceStatistics.LagCurve(map, n);
        double mean = map.Average(), total = 0, rest = 0;
        for (int i = 0; i < map.Length; i++)
        {
            double fromLag = map[i] - curve[Math.Abs((i / n) - (i % n))];
            total += (map[i] - mean) * (map[i] - mean);
            rest += fromLag * fromLag;
        }

        return total == 0 ? 0 : 1 - (rest / total);
    }

    /// <summary>D⁻¹Γ.</summary>
    public static double[] Rows(ReadOnlySpan<double> gamma, int n)
    {
        double[] rows = gamma.ToArray();
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            foreach (double value in rows.AsSpan(i * n, n)) sum += value;
            foreach (ref double value in rows.AsSpan(i * n, n)) value /= sum;
        }

        return rows;
    }

    /// <summary>The map without its diagonal, [n, n − 1], rows that sum to 1: where a token looks when it looks away from itself.</summary>
    public static double[] Elsewhere(ReadOnlySpan<double> map, int n)
    {
        double[] others = map.ToArray();
        for (int i = 0; i < n; i++) others[(i * n) + i] = 0;
        others = Rows(others, n);
        return [.. others.Where((_, at) => at / n != at % n)];
    }

    /// <summary>The ℓ for which <see cref="Elsewhere"/> of exp(−|i − j|/ℓ) is nearest to that of the map, on a grid of 5 %.</summary>
    public static double Length(double[] map, int n)
    {
        map = Elsewhere(map, n);
        double best = double.NaN, least = double.PositiveInfinity, ratio = PortableMath.Log(Longest / Shortest) / (Lengths - 1);
        for (int k = 0; k < Lengths; k++)
        {
            double ell = Shortest * PortableMath.Exp(k * ratio);
            double[] rows = Elsewhere(new ExponentialPower(1, ell).Matrix(n), n);
            double distance = rows.Zip(map, (x, y) => (x - y) * (x - y)).Sum();
            if (distance < least) (best, least) = (ell, distance);
        }

        return best;
    }
}
