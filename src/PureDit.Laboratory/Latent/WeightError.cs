// What a polynomial in the place of e^x does to the weights of one query: Σ_j |f̃_j − f_j|, f_j = e^{s_j}/Σe^{s}. That is the
// largest error of an output over all values of half-range 1, and at most η = ε/(1 − ε). In double.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Errors of attention weights.</summary>
internal static class WeightError
{
    /// <summary>Σ_j |f̃_j − f_j| of one row of scores.</summary>
    public static double Of(double[] scores, ExpPolynomial polynomial)
    {
        double sum = 0;
        foreach (double difference in Differences(scores, polynomial.Evaluate)) sum += Math.Abs(difference);
        return sum;
    }

    /// <summary>f̃_j − f_j.</summary>
    public static double[] Differences(double[] scores, Func<double, double> weight)
    {
        double[] exact = new double[scores.Length], other = new double[scores.Length];
        double exactSum = 0, otherSum = 0;
        for (int j = 0; j < scores.Length; j++)
        {
            exactSum += exact[j] = PortableMath.Exp(scores[j]);
            otherSum += other[j] = weight(scores[j]);
        }

        for (int j = 0; j < scores.Length; j++) other[j] = (other[j] / otherSum) - (exact[j] / exactSum);
        return other;
    }
}
