using System.Diagnostics.CodeAnalysis;

namespace PureDit.Kernels;

/// <summary>
/// What a random number is for: one word of the generator's counter, so that two purposes never share a number.
/// The values are part of the file formats' promise of reproducible runs: add, but never renumber.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of random numbers, not of bytes.")]
public enum PhiloxStream
{
    /// <summary>Initial weights.</summary>
    Initialisation = 0,

    /// <summary>Which training examples are drawn, or the examples themselves where they are synthetic.</summary>
    Data = 1,

    /// <summary>Diffusion times of training.</summary>
    Timestep = 2,

    /// <summary>Noise added in training.</summary>
    Noise = 3,

    /// <summary>Noise of samplers.</summary>
    Sampler = 4,

    /// <summary>Order of a data set.</summary>
    Shuffle = 5,

    /// <summary>Which labels classifier-free guidance drops in training.</summary>
    LabelDropout = 6,

    /// <summary>Draws of evaluations, apart from those of training.</summary>
    Evaluation = 7,
}
