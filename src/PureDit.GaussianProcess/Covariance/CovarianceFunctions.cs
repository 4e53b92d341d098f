// Covariance matrices Γ_ij = γ(h_i − h_j) of a covariance function on frame positions, and the families by name.
//
// A family is written name(parameter=value, …), the form that configurations and the command line use; the known
// ones are exponential-power(nu, ell), matern(nu, ell), periodic(period, ell), polynomial(power, ell) and white.

using System.Globalization;

namespace PureDit.GaussianProcess;

/// <summary>The families of covariance functions by name, and their matrices on frame positions.</summary>
public static class CovarianceFunctions
{
    private static readonly SortedDictionary<string, Family> Families = new(StringComparer.Ordinal)
    {
        ["exponential-power"] = new(["nu", "ell"], p => new ExponentialPower(p[0], p[1])),
        ["matern"] = new(["nu", "ell"], p => new Matern(p[0], p[1])),
        ["periodic"] = new(["period", "ell"], p => new Periodic(p[0], p[1])),
        ["polynomial"] = new(["power", "ell"], p => new PolynomialDecay(p[0], p[1])),
        ["white"] = new([], _ => new White()),
    };

    /// <summary>How each known family is written, "matern(nu, ell)".</summary>
    public static IEnumerable<string> Known => Families.Select(f =>
        f.Value.Parameters.Length == 0 ? f.Key : $"{f.Key}({string.Join(", ", f.Value.Parameters)})");

    /// <summary>Reads a covariance function, "exponential-power(nu=1, ell=4)".</summary>
    /// <param name="text">The family with every parameter by name, in any order.</param>
    /// <exception cref="ArgumentException">
    /// The family is unknown, or a parameter is missing, unknown or out of range.
    /// </exception>
    public static ICovarianceFunction Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Trim().TrimEnd(')').Split('(', 2);
        if (!Families.TryGetValue(parts[0].Trim(), out Family? family))
        {
            throw new ArgumentException(
                $"text: expected one of {string.Join(", ", Known)}; got \"{text}\".", nameof(text));
        }

        string list = parts.Length == 2 ? parts[1] : "";
        string[] settings = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        double[] values = new double[family.Parameters.Length];
        HashSet<string> given = [];
        foreach (string setting in settings)
        {
            string[] pair = setting.Split('=', 2, StringSplitOptions.TrimEntries);
            int index = Array.IndexOf(family.Parameters, pair[0]);
            if (index < 0 || pair.Length != 2 || !given.Add(pair[0])
                || !double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[index]))
            {
                throw BadParameters(text, family);
            }
        }

        return given.Count == values.Length ? family.Create(values) : throw BadParameters(text, family);
    }

    // [doc:covariance-matrix]
    /// <summary>Γ_ij = γ(h_i − h_j) on the given frame positions.</summary>
    /// <param name="covariance">The covariance function γ.</param>
    /// <param name="positions">Frame positions h, [n], in frames.</param>
    /// <returns>Γ, [n, n], symmetric and positive semidefinite.</returns>
    public static double[] Matrix(this ICovarianceFunction covariance, ReadOnlySpan<double> positions)
    {
        int n = positions.Length;
        double[] gamma = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                gamma[(i * n) + j] = gamma[(j * n) + i] = covariance.At(positions[i] - positions[j]);
            }
        }

        return gamma;
    }
    // [/doc:covariance-matrix]

    /// <summary>Γ on the positions 0, 1, …, frames − 1; a Toeplitz matrix.</summary>
    /// <param name="covariance">The covariance function γ.</param>
    /// <param name="frames">Number of frames, 1 or more.</param>
    /// <returns>Γ, [frames, frames].</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="frames"/> is less than 1.</exception>
    public static double[] Matrix(this ICovarianceFunction covariance, int frames)
    {
        Expect.Positive(frames);
        double[] positions = new double[frames];
        for (int i = 0; i < frames; i++) positions[i] = i;
        return covariance.Matrix(positions);
    }

    private static ArgumentException BadParameters(string text, Family family)
    {
        string wanted = string.Join(", ", family.Parameters.Select(p => p + "=number"));
        return new($"text: expected ({wanted}), each parameter once; got \"{text}\".", nameof(text));
    }

    private sealed record Family(string[] Parameters, Func<double[], ICovarianceFunction> Create);
}
