// The monomials of d variables up to degree g, each once:  P(q·k) = Σ_k a_k (q·k)^k = Σ_α a_|α|·(|α|!/α!)·q^α·k^α,
// a sum over the r = C(d+g, g) exponents α with |α| ≤ g. Degree by degree; a monomial is its parent times one variable:
//   m_0 = 1,   m_i = m_parent(i) · x_variable(i)                                  one multiplication each
// A parent's children are neighbours, with the variables from its own last one to d − 1, so that nothing but the first
// child has to be kept, and the table of degree g − 1 is the beginning of the table of degree g.

namespace PureDit.Kernels;

/// <summary>Which monomials there are, in which order, and how often each stands in a power of a scalar product.</summary>
public sealed class MonomialTable
{
    /// <summary>Most monomials of a table: beyond, their moments fill any cache, and exact attention is faster at every length that fits in memory.</summary>
    public const int MaxCount = 20_000;

    private readonly int[] _parent, _variable, _firstChild;
    private readonly double[] _multiplicity;
    private readonly int[] _countUpTo;

    /// <summary>Builds the table.</summary>
    /// <param name="variables">d, at least 1.</param>
    /// <param name="degree">g, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or there would be more than <see cref="MaxCount"/> monomials.</exception>
    public MonomialTable(int variables, int degree)
    {
        Guard.Positive(variables);
        Guard.NotNegative(degree);
        double count = CountOf(variables, degree);
        if (count > MaxCount)
        {
            throw new ArgumentOutOfRangeException(
                nameof(degree), degree, $"degree: expected one with at most {MaxCount} monomials of {variables} variables, got {degree} with {count:G6}.");
        }

        (Variables, Degree) = (variables, degree);
        int r = (int)count;
        (_parent, _variable, _firstChild, _multiplicity) = (new int[r], new int[r], new int[r], new double[r]);
        _countUpTo = new int[degree + 1];
        Build();
    }

    /// <summary>d.</summary>
    public int Variables { get; }

    /// <summary>g.</summary>
    public int Degree { get; }

    /// <summary>r = C(d+g, g).</summary>
    public int Count => _parent.Length;

    /// <summary>Index of the monomial that each is made of; −1 for the first.</summary>
    public ReadOnlySpan<int> Parent => _parent;

    /// <summary>The variable that the parent is multiplied by.</summary>
    public ReadOnlySpan<int> Variable => _variable;

    /// <summary>The first of the monomials made of each; they multiply it by its own variable and every later one. 0 at the last degree.</summary>
    public ReadOnlySpan<int> FirstChild => _firstChild;

    /// <summary>|α|!/α!: how often each stands in (q·k)^|α|; a whole number.</summary>
    public ReadOnlySpan<double> Multiplicity => _multiplicity;

    /// <summary>C(d+g, g), as a double that does not overflow.</summary>
    public static double CountOf(int variables, int degree)
    {
        double count = 1;
        for (int k = 1; k <= degree; k++) count = Math.Round(count * (variables + k) / k);
        return count;
    }

    /// <summary>Number of monomials up to a degree.</summary>
    public int CountUpTo(int degree) => _countUpTo[degree];

    /// <summary>a_|α|·|α|!/α! for every monomial.</summary>
    /// <param name="powers">a_0 to a_g.</param>
    /// <exception cref="ArgumentException">Not Degree + 1 numbers.</exception>
    public double[] Coefficients(ReadOnlySpan<double> powers)
    {
        Guard.SameLength(powers, Degree + 1);
        double[] coefficients = new double[Count];
        for (int degree = 0, i = 0; degree <= Degree; degree++)
        {
            for (; i < _countUpTo[degree]; i++) coefficients[i] = powers[degree] * _multiplicity[i];
        }

        return coefficients;
    }

    /// <summary>The monomials of one point.</summary>
    /// <param name="x">d numbers.</param>
    /// <param name="monomials">Receives r numbers.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Evaluate(ReadOnlySpan<double> x, Span<double> monomials)
    {
        Guard.SameLength(x, Variables);
        Guard.SameLength<double>(monomials, Count, nameof(monomials));
        monomials[0] = 1;
        for (int i = 1; i < monomials.Length; i++) monomials[i] = monomials[_parent[i]] * x[_variable[i]];
    }

    // [doc:linear-attention-monomials]
    private void Build()
    {
        int[] run = new int[Count]; // how often the last variable stands in a monomial
        (_parent[0], _multiplicity[0], _countUpTo[0]) = (-1, 1, 1);
        int i = 1, first = 0;
        for (int degree = 1; degree <= Degree; degree++)
        {
            int last = i;
            for (int parent = first; parent < last; parent++)
            {
                _firstChild[parent] = i;
                for (int v = _variable[parent]; v < Variables; v++, i++)
                {
                    (_parent[i], _variable[i]) = (parent, v);
                    run[i] = parent > 0 && v == _variable[parent] ? run[parent] + 1 : 1;
                    _multiplicity[i] = _multiplicity[parent] * degree / run[i];
                }
            }

            (first, _countUpTo[degree]) = (last, i);
        }
    }
    // [/doc:linear-attention-monomials]
}
