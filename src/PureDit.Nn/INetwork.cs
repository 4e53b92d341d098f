using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>
/// A network that predicts from noisy data and a diffusion time: what training and sampling need to know of an
/// architecture. What is predicted (noise, x0, v) and what the time means is the caller's affair. Immutable but for its
/// parameters: any number of tapes may run it at once, as long as none of them changes the parameters.
/// </summary>
public interface INetwork
{
    /// <summary>What a sample looks like.</summary>
    InputLayout Input { get; }

    /// <summary>The parameters by name.</summary>
    ParameterStore Parameters { get; }

    /// <summary>Predicts from noisy data, without labels.</summary>
    /// <param name="tape">A tape with a begun step.</param>
    /// <param name="x">Noisy data, a batch of <see cref="Input"/>.</param>
    /// <param name="t">Diffusion time of every sample, [N], in the range the network was trained on.</param>
    /// <returns>Prediction, of x's shape.</returns>
    /// <exception cref="ArgumentException">A shape or a length does not fit.</exception>
    Variable Forward(Tape tape, Variable x, ReadOnlySpan<float> t);
}
