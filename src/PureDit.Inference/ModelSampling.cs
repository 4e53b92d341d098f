using System.Numerics.Tensors;
using PureDit.Kernels;
using PureDit.Nn;

namespace PureDit.Inference;

/// <summary>Samples of a model, whatever its network.</summary>
public static class ModelSampling
{
    // [doc:model-sample]
    /// <summary>Draws samples in the units of the data.</summary>
    /// <param name="model">The model.</param>
    /// <param name="count">Number of samples, at least 1.</param>
    /// <param name="options">Algorithm, steps, seed; null for the defaults.</param>
    /// <param name="cpu">How kernels run; null for all cores.</param>
    /// <param name="progress">Told the number of finished samples.</param>
    /// <param name="cancellation">Looked at before every sampler step.</param>
    /// <returns>[count, frames, channels].</returns>
    public static Tensor<float> Sample(
        this IDiffusionModel model, int count, SamplingOptions? options = null, Cpu? cpu = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        InputLayout input = model.Network.Input;
        float[] samples = new float[checked(count * input.Tokens * input.DataChannels)];
        new SampleDrawer(model.Denoiser(cpu ?? Cpu.AllCores), model.Schedule).Draw(options ?? new(), samples, progress, cancellation);
        model.Scale?.Invert(samples);
        return Tensor.Create(samples, [count, input.Tokens, input.DataChannels]);
    }
    // [/doc:model-sample]
}
