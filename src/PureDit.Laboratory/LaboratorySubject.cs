// What a run of the laboratory is about: its experiments, what its page is called and after which paper, and which
// claim of the paper is held against which of them. `puredit lab NAME` runs one.

namespace PureDit.Laboratory;

/// <summary>Experiments that belong together.</summary>
/// <param name="Name">Name on the command line, one word.</param>
/// <param name="Title">Title of the page.</param>
/// <param name="About">What the experiments are on, for "Run an experiment on …".</param>
/// <param name="Source">After which paper, and what is not taken from it; a paragraph.</param>
/// <param name="Experiments">The experiments, in the order in which they are run.</param>
public sealed record LaboratorySubject(string Name, string Title, string About, string Source, IReadOnlyList<IExperiment> Experiments)
{
    /// <summary>The claims and where they are tested; may be empty.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>The subjects there are.</summary>
    public static IReadOnlyList<LaboratorySubject> All { get; } =
    [
        new(
            "gp", "The Gaussian-process laboratory", "Gaussian processes",
            "After Fu et al. 2024, arXiv 2407.16134. The paper's numbers were not at hand: criteria and bounds are derived, and none is a number of the paper.",
            LaboratoryList.GaussianProcess),
        new(
            "latent", "The latent-diffusion laboratory", "latent diffusion transformers",
            "After Hu et al. 2024, arXiv 2407.01079, which has no experiments: criteria are derived, constants are ours. Nothing is claimed about the rate n^(−1/6) "
            + "of the total variation or the term 2^((1/ε)^(2L)), which no real size can show.",
            LaboratoryList.Latent)
        {
            Claims =
            [
                new("Lemma 2.1: the score is B∇log p^h − (I − BBᵀ)x/σ²", "orthogonal", "the part off the subspace is measured; the identity itself is a property test against the law in R^D, to 1e-9"),
                new("Theorem 3.1: an error of ε√d₀/σ² is reachable", "dimension", "error·σ²/√d₀ of equally trained networks, flat in d₀; what training reaches, not what exists"),
                new("Corollary 3.2.1 (i): ‖WWᵀ − BBᵀ‖² falls with n, rises with 1/c₀", "subspace", "principal components and a trained W_B; a small loss forces a small distance"),
                new("Corollary 3.2.1 (ii): the latent law is recovered up to a rotation", "dimension", "Wasserstein distance of the marginals of sampled codes, after turning W_B to B"),
                new("Corollary 3.2.1 (iii): the orthogonal part is N(0, Σ), Σ ≤ a·T₀·I", "orthogonal", "its variance against the recursion and e·(T₀ + μ) of lemma F.9"),
                new("Proposition 4.2: with entries o(√ln L), attention takes almost linear time", "scaling", "slope of time against L at fixed d, R and error; features at constant R are in `bound`"),
                new("Proposition 4.1: from entries of c·√(ln L) on, it does not", "bound", "the exponent ln r/ln L of the features at R = c·ln L does not fall; a property of this method, no lower bound for all"),
                new("Theorem 4.1: so does its gradient, within 1/poly(L)", "gradients", "error against ε, the bounds of the chain, slope of time, training"),
                new("Propositions 4.1, 4.2 at every noise level", "noise-level", "how small R is along the path of a sampler, and what that predicts"),
            ],
        },
    ];
}

/// <summary>A claim of a paper and the experiment it is held against.</summary>
/// <param name="Statement">The claim.</param>
/// <param name="Experiment">Name of the experiment.</param>
/// <param name="Test">What is measured for it.</param>
public sealed record Claim(string Statement, string Experiment, string Test);
