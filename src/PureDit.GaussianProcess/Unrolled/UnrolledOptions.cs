using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>What an unrolled transformer is built from, beside its process.</summary>
public sealed record UnrolledOptions
{
    /// <summary>t₀, the earliest (least noisy) level that the network must handle; it is the hardest.</summary>
    public required NoiseLevel Earliest { get; init; }

    /// <summary>K, the steps that are unrolled, 1 or more; <see cref="UnrolledSchedule.StepsFor"/> says how many suffice.</summary>
    public required int Steps { get; init; }

    /// <summary>The method whose steps are unrolled.</summary>
    public UnrolledMethod Method { get; init; } = UnrolledMethod.GradientDescent;

    /// <summary>How attention builds the kernel.</summary>
    public KernelHeads Heads { get; init; } = KernelHeads.Trapezoids;

    /// <summary>How slots are multiplied: gates make level 1, ReLU modules level 2.</summary>
    public IProductModule Products { get; init; } = new GatedProducts();

    /// <summary>The position embeddings; null for a circle twice as long as the sequence with neighbours 1 apart.</summary>
    public CirclePositions? Positions { get; init; }

    /// <summary>C_data, the norm of x_t − αμ up to which ReLU products are right; 0 for one that a sample of the
    /// process exceeds with probability 10⁻⁹ at most.</summary>
    public double DataRadius { get; init; }
}
