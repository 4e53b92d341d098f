namespace PureDit.Diffusion;

/// <summary>The samplers by name, each with its default options.</summary>
public static class Samplers
{
    private static readonly ISampler[] All =
    [
        new DdpmSampler(),
        new DdimSampler(),
        new ProbabilityFlowEuler(),
        new ProbabilityFlowHeun(),
        new ReverseSdeEulerMaruyama(),
        new ReverseSdeExponential(),
        new DpmSolverPlusPlus2M(),
    ];

    /// <summary>The names that <see cref="Named"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(All, sampler => sampler.Name);

    /// <summary>The sampler of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static ISampler Named(string name)
    {
        foreach (ISampler sampler in All)
        {
            if (sampler.Name == name) return sampler;
        }

        throw new ArgumentException($"name: expected one of {string.Join(", ", Names)}; got \"{name}\".", nameof(name));
    }
}
