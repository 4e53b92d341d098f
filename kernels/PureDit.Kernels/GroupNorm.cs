// Group normalisation (Wu and He 2018, arXiv 1803.08494): statistics over the frames of a sample and the channels of a
// group, then a shift and a scale per channel, which may be the sample's own (Dhariwal and Nichol 2021, section 3, "AdaGN"):
//   μ = mean x,  s = 1/√(mean (x − μ)² + ε),  x̂ = (x − μ)·s,  y = x̂·(1 + scale) + shift
//   backward, with g = dY·(1 + scale):
//   dX += s·(g − mean g − x̂·mean(g·x̂)),   dShift += Σ_frames dY,   dScale += Σ_frames dY·x̂
//
//   x, y, dX : [samples, frames, channels];  shift, scale : one chunk of channels per sample, in rows of modulationStride
//   values; a stride of 0 is one chunk for all samples, a learned affine.       Twin: Reference/GroupNorm.cs
//
// Groups are narrow and channels lie together, so sums run down the frames for each channel by itself (GroupNorm.Samples.cs),
// as chains in the order of frames, and are joined within a group in double: the same bits at every vector width.

namespace PureDit.Kernels;

/// <summary>Group normalisation with an optional shift and scale, per sample or for all, and its gradient.</summary>
public static unsafe partial class GroupNorm
{
    /// <summary>Writes the normalised and modulated values, and the statistics that the backward pass needs.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[samples, frames, channels].</param>
    /// <param name="shift">Sample n uses the values from n·modulationStride on; empty = no shift.</param>
    /// <param name="scale">The same for the factor 1 + scale; empty = no scale.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="modulationStride">Distance between the chunks of successive samples, at least channels; 0 = one for all.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="y">[samples, frames, channels], overwritten.</param>
    /// <param name="mean">[samples, groups], overwritten with μ.</param>
    /// <param name="inverseStd">[samples, groups], overwritten with s.</param>
    /// <exception cref="ArgumentException">A span is too short, or a size out of range.</exception>
    public static void Forward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> shift, ReadOnlySpan<float> scale, GroupNormShape shape,
        int modulationStride, float epsilon, Span<float> y, Span<float> mean, Span<float> inverseStd)
    {
        shape.Check();
        Guard.Length(x, shape.Count);
        shape.Chunks(shift, modulationStride, nameof(shift));
        shape.Chunks(scale, modulationStride, nameof(scale));
        Guard.Length<float>(y, shape.Count);
        Guard.Length<float>(mean, shape.StatisticsLength);
        Guard.Length<float>(inverseStd, shape.StatisticsLength);
        float* work = Scratch.Rent((nint)shape.Samples * shape.Channels * ForwardSamples.Vectors);
        fixed (float* px = x, pShift = shift, pScale = scale, py = y, pMean = mean, pStd = inverseStd)
        {
            Chunks shifts = new(pShift, 1, modulationStride), scales = new(pScale, 1, modulationStride);
            ForwardSamples kernel = new(px, shifts, scales, shape, epsilon, py, pMean, pStd, work);
            cpu.Run(shape.Samples, SampleGrain(shape), kernel);
        }
    }

    /// <summary>Adds the gradients with respect to input, shift and scale; an empty destination is passed over.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">The input of <see cref="Forward"/>.</param>
    /// <param name="scale">As given to <see cref="Forward"/>.</param>
    /// <param name="mean">As written by <see cref="Forward"/>.</param>
    /// <param name="inverseStd">As written by <see cref="Forward"/>.</param>
    /// <param name="dY">Gradient with respect to the output, [samples, frames, channels].</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="modulationStride">As given to <see cref="Forward"/>; also that of dShift and dScale.</param>
    /// <param name="dX">[samples, frames, channels], accumulated; or empty.</param>
    /// <param name="dShift">Chunks as in <paramref name="scale"/>, accumulated in the order of samples; or empty.</param>
    /// <param name="dScale">Chunks as in <paramref name="scale"/>, accumulated in the order of samples; or empty.</param>
    /// <exception cref="ArgumentException">A span is too short, or a size out of range.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> mean, ReadOnlySpan<float> inverseStd,
        ReadOnlySpan<float> dY, GroupNormShape shape, int modulationStride, Span<float> dX, Span<float> dShift, Span<float> dScale)
    {
        shape.Check();
        Guard.Length(x, shape.Count);
        shape.Chunks(scale, modulationStride, nameof(scale));
        Guard.Length(mean, shape.StatisticsLength);
        Guard.Length(inverseStd, shape.StatisticsLength);
        Guard.Length(dY, shape.Count);
        if (!dX.IsEmpty) Guard.Length<float>(dX, shape.Count);
        shape.Chunks<float>(dShift, modulationStride, nameof(dShift));
        shape.Chunks<float>(dScale, modulationStride, nameof(dScale));
        if (shape.Samples == 0) return;
        nint rows = (nint)shape.Samples * shape.Channels;
        float* shiftSums = Scratch.Rent(rows * (2 + BackwardSamples.Vectors)), scaleSums = shiftSums + rows;
        fixed (float* px = x, pScale = scale, pMean = mean, pStd = inverseStd, pdY = dY)
        fixed (float* pdX = dX, pdShift = dShift, pdScale = dScale)
        {
            Chunks scales = new(pScale, 1, modulationStride);
            BackwardSamples kernel = new(px, scales, pMean, pStd, pdY, shape, pdX, shiftSums, scaleSums, scaleSums + rows);
            cpu.Run(shape.Samples, SampleGrain(shape), kernel);
            AddSums(cpu, shiftSums, shape, modulationStride, pdShift);
            AddSums(cpu, scaleSums, shape, modulationStride, pdScale);
        }
    }

    // The sums of each sample to its chunk, or of all samples in order to the only one.
    private static void AddSums(Cpu cpu, float* sums, GroupNormShape shape, int stride, float* to)
    {
        if (to == null) return;
        int together = stride == 0 ? shape.Samples : 1;
        Rows.SummedRows body = new(sums, new Chunks(to, together, stride), shape.Channels);
        RowSum.Run<Rows.SummedRows, Elementwise.AddBody>(cpu, body, shape.Samples, shape.Channels, together);
    }

    private static int SampleGrain(GroupNormShape shape) => (int)Math.Max(1, Grain.Light / ((long)shape.Frames * shape.Channels));
}
