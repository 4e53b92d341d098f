// What attention over L tokens of head size d costs, in operations, exact and by polynomial features:
//   exact       L²(4d + 20)                an exponential with its maximum and sum counted as 20
//   polynomial  L·r·(4d + 6), r = C(d+g, g)  features of degree g, the moments of the keys, the queries' products
// The degree follows from the size R of the scores by 2(R/2)^{g+1}/(g+1)! ≤ ε, the relative error of the best
// polynomial of degree g for exp on [−R, R] weighted by e^{−x}. Predictions: kernels measure.

namespace PureDit.Laboratory;

/// <summary>Predicted operations of attention.</summary>
/// <param name="Tokens">L, queries and keys.</param>
/// <param name="HeadSize">d.</param>
internal readonly record struct AttentionCost(int Tokens, int HeadSize)
{
    private const int MostDegree = 200;

    public double Exact => (double)Tokens * Tokens * ((4 * HeadSize) + 20);

    /// <summary>Operations with scores up to R at a relative error ε of exp.</summary>
    public double Polynomial(double size, double error) => Tokens * Rank(Degree(size, error)) * ((4 * HeadSize) + 6);

    /// <summary>The smallest g that meets the error.</summary>
    public static int Degree(double size, double error)
    {
        double bound = size; // 2(R/2)^1/1!
        for (int g = 0; g < MostDegree; g++)
        {
            if (bound <= error) return g;
            bound *= size / 2 / (g + 2);
        }

        return MostDegree; // costs more than any exact attention
    }

    /// <summary>C(d + g, g), as a double: it may be out of reach of every integer.</summary>
    public double Rank(int degree)
    {
        double rank = 1;
        for (int i = 1; i <= degree; i++) rank = rank * (HeadSize + i) / i;
        return rank;
    }
}
