// How many operations attention over L tokens of head size d has, exact and by polynomial features, counted on paper:
//   exact       L²(4d + 20)                  an exponential with its maximum and sum counted as 20
//   polynomial  L·r·(4d + 6), r = C(d+g, g)  features of degree g, the moments of the keys, the queries' products
// with the degree of the closed form, 2(R/2)^{g+1}/(g+1)! ≤ ε. This is the count that the theory argues with, and what its
// crossover L* is made of. It is no cost: what the library decides by (AttentionPlan.Crossover, PredictedSpeedup) are times
// per feature and per pair, measured, and the degree that its own fit certifies. An experiment that shows both names both.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Counted operations of attention; the library's plan has measured costs.</summary>
/// <param name="Tokens">L, queries and keys.</param>
/// <param name="HeadSize">d.</param>
internal readonly record struct AttentionOperations(int Tokens, int HeadSize)
{
    private const int MostDegree = 200;

    public double Exact => (double)Tokens * Tokens * ((4 * HeadSize) + 20);

    /// <summary>With scores up to R at a relative error ε of exp.</summary>
    public double Polynomial(double size, double error) => Tokens * Rank(Degree(size, error)) * ((4 * HeadSize) + 6);

    /// <summary>The smallest g whose bound meets the error.</summary>
    public static int Degree(double size, double error)
    {
        int g = 0;
        while (g < MostDegree && ExpPolynomial.Bound(size, g) > error) g++; // at the most it has more operations than any exact attention
        return g;
    }

    /// <summary>r = C(d + g, g).</summary>
    public double Rank(int degree) => MonomialTable.CountOf(HeadSize, degree);
}
