// Step sizes and momenta of a first-order method for a quadratic with eigenvalues in [m, L]:
//
//   s⁺ = s − η_k ∇L(s) + β_k (s − s⁻),      s⁰ = s⁻¹ = 0.
//
//   gradient descent   η = 2/(m + L), β = 0:                            error ((κ−1)/(κ+1))^k
//   heavy ball         η = 4/(√L + √m)², β = ((√L−√m)/(√L+√m))²:        error ~ k((√κ−1)/(√κ+1))^k    (Polyak 1964)
//   Chebyshev          η_k = 2ρ_k/δ, β_k = ρ_k ρ_{k−1}, δ = (L−m)/2:    error 1/T_k((κ+1)/(κ−1)), the best there is
//
//   Richardson         η_k = 1/ξ_k, β = 0, ξ_k the K Chebyshev nodes of [m, L]: Chebyshev's error after all K steps, with no
//                      momentum (Young 1953); before the end the order of the ξ_k matters, and Leja's keeps iterates small
//
// Every method is linear: s^k = −λ⁻¹(1 − q_k(λ)) c in each eigenvector, with q_0 = 1, q_1 = 1 − η_0 λ and
// q_{k+1} = (1 − η_k λ + β_k) q_k − β_k q_{k−1}. Saad, Iterative Methods for Sparse Linear Systems, algorithm 12.1.

using PureDit.Kernels;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>First-order methods that can be unrolled.</summary>
public enum UnrolledMethod
{
    /// <summary>Gradient descent with the best constant step.</summary>
    GradientDescent,

    /// <summary>Gradient descent with the best constant step and momentum.</summary>
    HeavyBall,

    /// <summary>Chebyshev's semi-iteration: the smallest worst case of all step sizes and momenta.</summary>
    Chebyshev,
}

/// <summary>One step s⁺ = s − Rate·∇L(s) + Momentum·(s − s⁻).</summary>
/// <param name="Rate">η_k.</param>
/// <param name="Momentum">β_k.</param>
public readonly record struct UnrolledStep(double Rate, double Momentum);

/// <summary>The steps of a method for one spectrum.</summary>
public sealed class UnrolledSchedule
{
    private readonly UnrolledStep[] _steps;

    /// <summary>Chooses the steps of a method from the ends of the spectrum.</summary>
    /// <param name="method">The method.</param>
    /// <param name="smallest">m, the smallest eigenvalue. Methods with momentum need m &gt; 0.</param>
    /// <param name="largest">L, the largest eigenvalue, above −m.</param>
    /// <param name="steps">Number of steps K, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public UnrolledSchedule(UnrolledMethod method, double smallest, double largest, int steps)
    {
        if (steps < 0) throw Expect.OutOfRange(nameof(steps), steps, "0 or more");
        if (!(double.IsFinite(largest) && largest >= smallest && largest + smallest > 0))
        {
            throw Expect.OutOfRange(nameof(largest), largest, $"a finite number of {Math.Abs(smallest):G4} or more");
        }

        if (method != UnrolledMethod.GradientDescent && !(smallest > 0))
        {
            throw Expect.OutOfRange(nameof(smallest), smallest, $"a positive eigenvalue, which {method} needs");
        }

        (Method, Smallest, Largest) = (method, smallest, largest);
        // [doc:unrolled-rates]
        double centre = 0.5 * (largest + smallest), radius = 0.5 * (largest - smallest);
        double sum = Math.Sqrt(largest) + Math.Sqrt(Math.Max(0, smallest)), ratio = radius / centre;
        _steps = new UnrolledStep[steps];
        double rho = ratio; // ρ_0 = δ/θ, ρ_k = 1/(2θ/δ − ρ_{k−1}): a continued fraction for T_{k−1}/T_k
        for (int k = 0; k < steps; k++)
        {
            double next = k == 0 ? ratio : ratio / (2 - (ratio * rho));
            _steps[k] = method switch
            {
                UnrolledMethod.GradientDescent => new(1 / centre, 0),
                UnrolledMethod.HeavyBall => new(4 / (sum * sum), 4 * radius * radius / (sum * sum * sum * sum)),
                UnrolledMethod.Chebyshev when k == 0 => new(1 / centre, 0),
                UnrolledMethod.Chebyshev => new(2 / centre / (2 - (ratio * rho)), next * rho),
                _ => throw Expect.OutOfRange(nameof(method), method, "a known method"),
            };
            rho = next;
        }
        // [/doc:unrolled-rates]
    }

    private UnrolledSchedule(double smallest, double largest, UnrolledStep[] steps) =>
        (Method, Smallest, Largest, _steps) = (UnrolledMethod.GradientDescent, smallest, largest, steps);

    /// <summary>The method.</summary>
    public UnrolledMethod Method { get; }

    /// <summary>m that the steps were made for.</summary>
    public double Smallest { get; }

    /// <summary>L that the steps were made for.</summary>
    public double Largest { get; }

    /// <summary>η_k and β_k, [K].</summary>
    public ReadOnlySpan<UnrolledStep> Steps => _steps;

    /// <summary>The steps for an objective's own spectrum.</summary>
    /// <inheritdoc cref="UnrolledSchedule(UnrolledMethod, double, double, int)"/>
    /// <param name="method">The method.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="steps">Number of steps K, 0 or more.</param>
    public static UnrolledSchedule For(UnrolledMethod method, ScoreObjective objective, int steps)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return new(method, objective.Smallest, objective.Largest, steps);
    }

    // [doc:unrolled-richardson]
    /// <summary>Gradient descent with the K steps 1/ξ_k that together leave the least error, Chebyshev's.</summary>
    /// <param name="smallest">m, the smallest eigenvalue, above 0.</param>
    /// <param name="largest">L, the largest eigenvalue, m or more.</param>
    /// <param name="steps">K, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static UnrolledSchedule Richardson(double smallest, double largest, int steps)
    {
        if (!(smallest > 0)) throw Expect.OutOfRange(nameof(smallest), smallest, "a positive eigenvalue");
        if (!(double.IsFinite(largest) && largest >= smallest)) throw Expect.OutOfRange(nameof(largest), largest, $"a finite number of {smallest:G4} or more");
        double centre = 0.5 * (largest + smallest), radius = 0.5 * (largest - smallest);
        return new(smallest, largest, [.. ChebyshevNodes(steps).Select(node => new UnrolledStep(1 / (centre + (radius * node)), 0))]);
    }

    /// <summary>The zeros of T_K in Leja's order: each is the farthest, in the product of distances, from those before.</summary>
    /// <param name="count">K, 0 or more.</param>
    /// <returns>[K], in (−1, 1).</returns>
    /// <exception cref="ArgumentOutOfRangeException">K is negative.</exception>
    public static double[] ChebyshevNodes(int count)
    {
        if (count < 0) throw Expect.OutOfRange(nameof(count), count, "0 or more");
        double[] nodes = [.. Enumerable.Range(0, count).Select(k => PortableMath.SinCos(Math.PI * ((2 * k) + 1) / (2.0 * count)).Cos)];
        double[] distance = new double[count]; // ln Π |ξ − ξ_j| over the nodes that are placed
        for (int k = 0; k < count; k++)
        {
            int next = k;
            for (int i = k + 1; i < count; i++)
            {
                if (distance[i] > distance[next]) next = i;
            }

            (nodes[k], nodes[next]) = (nodes[next], nodes[k]);
            (distance[k], distance[next]) = (distance[next], distance[k]);
            for (int i = k + 1; i < count; i++) distance[i] += PortableMath.Log(Math.Abs(nodes[i] - nodes[k]));
        }

        return nodes;
    }
    // [/doc:unrolled-richardson]

    /// <summary>The least K for which every error is below a share of the score: ⌈½(κ+1) ln(1/ε)⌉ or fewer.</summary>
    /// <param name="method">The method.</param>
    /// <param name="conditionNumber">κ, 1 or more.</param>
    /// <param name="accuracy">ε in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static int StepsFor(UnrolledMethod method, double conditionNumber, double accuracy)
    {
        if (!(conditionNumber >= 1 && double.IsFinite(conditionNumber)))
        {
            throw Expect.OutOfRange(nameof(conditionNumber), conditionNumber, "a finite number of 1 or more");
        }

        if (!(accuracy is > 0 and < 1)) throw Expect.OutOfRange(nameof(accuracy), accuracy, "a number in (0, 1)");
        int enough = 1;
        while (WorstError(method, conditionNumber, enough) > accuracy) enough *= 2;
        int few = enough / 2; // one step fewer than enough by bisection
        while (enough - few > 1)
        {
            int middle = few + ((enough - few) / 2);
            if (WorstError(method, conditionNumber, middle) > accuracy) few = middle;
            else enough = middle;
        }

        return enough;
    }

    /// <summary>max |q_k(λ)| over λ in [m, L]: the largest relative error that k steps can leave.</summary>
    /// <param name="method">The method.</param>
    /// <param name="conditionNumber">κ = L/m, 1 or more.</param>
    /// <param name="k">Number of steps.</param>
    public static double WorstError(UnrolledMethod method, double conditionNumber, int k)
    {
        double root = Math.Sqrt(conditionNumber), r = (root - 1) / (root + 1);
        double power = PortableMath.Pow(r, k);
        return method switch
        {
            UnrolledMethod.GradientDescent => PortableMath.Pow((conditionNumber - 1) / (conditionNumber + 1), k),
            UnrolledMethod.HeavyBall => power * (1 + (k * (1 + r))), // a double root at λ = L
            UnrolledMethod.Chebyshev => k == 0 ? 1 : 2 * power / (1 + (power * power)),
            _ => throw Expect.OutOfRange(nameof(method), method, "a known method"),
        };
    }

    /// <summary>q_k(λ), the share of the error in an eigenvector that k steps leave.</summary>
    /// <param name="eigenvalue">λ, inside the spectrum or not.</param>
    /// <param name="k">Number of steps, 0 … K.</param>
    public double Remainder(double eigenvalue, int k)
    {
        double before = 1, now = 1;
        for (int i = 0; i < k; i++)
        {
            (double rate, double momentum) = (_steps[i].Rate, _steps[i].Momentum);
            (before, now) = (now, ((1 - (rate * eigenvalue) + momentum) * now) - (momentum * before));
        }

        return now;
    }
}
