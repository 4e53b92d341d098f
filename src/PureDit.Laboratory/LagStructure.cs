// What a square map over frames has to do with the lag |i − j|.
//   share    1 − Σ(a_ij − ā_|i−j|)²/Σ(a_ij − ā)²: how much of the map's variance the lag explains; 1 for a symmetric
//            Toeplitz matrix, whatever its scale
//   rows     D⁻¹Γ, Γ with rows that sum to 1: the attention that a kernel of positions alone can have
//   length   the ℓ for which the rows of exp(−|i−j|/ℓ) are nearest to the map

using PureDit.GaussianProcess;
using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Statistics of maps over frames.</summary>
internal static class LagStructure
{
    private const double Shortest = 0.05, Longest = 400;
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

    /// <summary>The ℓ of the nearest rows of exp(−|i − j|/ℓ), on a grid of 5 %.</summary>
    public static double Length(double[] map, int n)
    {
        double best = double.NaN, least = double.PositiveInfinity, ratio = PortableMath.Log(Longest / Shortest) / (Lengths - 1);
        for (int k = 0; k < Lengths; k++)
        {
            double ell = Shortest * PortableMath.Exp(k * ratio);
            double[] rows = Rows(new ExponentialPower(1, ell).Matrix(n), n);
            double distance = rows.Zip(map, (x, y) => (x - y) * (x - y)).Sum();
            if (distance < least) (best, least) = (ell, distance);
        }

        return best;
    }
}
