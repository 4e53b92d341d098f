// What does not depend on the data: polynomials, monomials and their coefficients, for radii of a fixed grid so that a
// warm call finds them made. Four radii to a doubling: a measured R is exceeded by at most 19 %.

using System.Collections.Concurrent;

namespace PureDit.Kernels;

/// <summary>A polynomial in d variables: its monomials and their coefficients, forward and backward.</summary>
internal sealed class FeatureTables
{
    private const double LeastRadius = 1.0 / 64, Ratio = 1.189207115002721; // 2^¼
    private const int Radii = 39; // up to 11.3
    private const double Slack = 1 + (1.0 / 1024); // a radius of 1 by design measures 1.0000001

    private static readonly ConcurrentDictionary<(int, int, PolynomialFit), ExpPolynomial> s_polynomials = new();
    private static readonly ConcurrentDictionary<(int, int, int, PolynomialFit, AttentionGradient), FeatureTables> s_tables = new();

    private FeatureTables(int variables, ExpPolynomial polynomial, AttentionGradient gradient)
    {
        Polynomial = polynomial;
        bool further = gradient == AttentionGradient.Antiderivative;
        Monomials = new MonomialTable(variables, polynomial.Degree + (further ? 1 : 0));
        Count = Monomials.CountUpTo(polynomial.Degree);
        BackwardCount = gradient == AttentionGradient.None ? 0 : Monomials.Count;
        int rows = FeatureBlock.PadRows(Monomials.Count);
        double[] powers = [.. polynomial.Coefficients, .. further ? [0.0] : Array.Empty<double>()];
        Forward = Padded(Monomials.Coefficients(powers), rows);
        Backward = further ? Padded(Monomials.Coefficients(polynomial.Antiderivative), rows) : Forward;
        Parent = Padded(Monomials.Parent, rows);
        Variable = Padded(Monomials.Variable, rows);
        (Parent[0], Variable[0]) = (0, variables);
    }

    public static double LargestRadius => RadiusOf(Radii - 1);

    public ExpPolynomial Polynomial { get; }

    /// <summary>Those of the backward pass; those of the forward pass are its first <see cref="Count"/>.</summary>
    public MonomialTable Monomials { get; }

    /// <summary>r = C(d+g, g), features of the forward pass.</summary>
    public int Count { get; }

    /// <summary>Features of the backward pass; 0 without one.</summary>
    public int BackwardCount { get; }

    /// <summary>Coefficients of P, and zeros: for all monomials, and rows that vectors reach beyond the last.</summary>
    public double[] Forward { get; }

    /// <summary>Coefficients of what the backward pass differentiates, G or P; likewise.</summary>
    public double[] Backward { get; }

    /// <summary>The monomial of each product, its own for the first; likewise.</summary>
    public int[] Parent { get; }

    /// <summary>The variable of each product, the one after the last for the first; likewise.</summary>
    public int[] Variable { get; }

    /// <summary>Of the first so many monomials, those that others of them are made of.</summary>
    public int StoredOf(int count) => Monomials.CountUpTo(Math.Max(0, (count == Count ? Polynomial.Degree : Monomials.Degree) - 1));

    /// <summary>The place of the smallest radius of the grid that is not below one; −1 if none is.</summary>
    public static int IndexOf(double radius)
    {
        for (int i = 0; i < Radii; i++) if (radius <= RadiusOf(i)) return i;
        return -1;
    }

    /// <summary>A radius of the grid.</summary>
    public static double RadiusOf(int index)
    {
        double radius = LeastRadius * Slack * (1 << (index / 4));
        for (int i = 0; i < index % 4; i++) radius *= Ratio;
        return radius;
    }

    public static ExpPolynomial PolynomialOf(int radius, int degree, PolynomialFit fit) =>
        s_polynomials.GetOrAdd((radius, degree, fit), static key => ExpPolynomial.Create(RadiusOf(key.Item1), key.Item2, key.Item3));

    public static FeatureTables Of(int variables, int radius, int degree, PolynomialFit fit, AttentionGradient gradient) =>
        s_tables.GetOrAdd(
            (variables, radius, degree, fit, gradient),
            static key => new FeatureTables(key.Item1, PolynomialOf(key.Item2, key.Item3, key.Item4), key.Item5));

    private static T[] Padded<T>(ReadOnlySpan<T> values, int rows)
    {
        T[] padded = new T[rows];
        values.CopyTo(padded);
        return padded;
    }
}
