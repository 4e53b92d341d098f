// Layer normalisation of each row, with the modulation of adaptive layer norm (DiT, Peebles and Xie 2023, section 3.2):
//   μ = mean x,  s = 1/√(mean (x − μ)² + ε),  x̂ = (x − μ)·s,  y = x̂·(1 + scale) + shift
//   backward, with g = dY·(1 + scale):
//   dX += s·(g − mean g − x̂·mean(g·x̂)),   dShift += Σ dY,   dScale += Σ dY·x̂      (sums over the rows of a sample)
//
//   x, y, dX : [rows, width];  shift, scale : one chunk of width columns per sample, inside a matrix of row stride
//   modulationStride (all chunks of a block come from one linear layer). Twin: Reference/LayerNorm.cs
//
// The variance is that of a second pass: the one-pass E[x²] − μ² loses all digits where μ is large against σ.
// The mean is x₀ + mean(x − x₀): exact for a constant row, whatever its value.
// A learned affine is not a case of its own: it is a modulation with one sample (rowsPerSample = rows).

namespace PureDit.Kernels;

/// <summary>Layer normalisation with an optional shift and scale per sample, and its gradient.</summary>
public static unsafe partial class LayerNorm
{
    /// <summary>Writes the normalised and modulated rows, and the statistics that the backward pass needs.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="shift">Row i of x uses the values from (i / rowsPerSample)·modulationStride on; empty = no shift.</param>
    /// <param name="scale">The same for the factor 1 + scale; empty = no scale.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns, which are normalised together.</param>
    /// <param name="rowsPerSample">Number of successive rows that share a shift and a scale; at least 1.</param>
    /// <param name="modulationStride">Distance between the chunks of successive samples; at least width.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="y">[rows, width], overwritten.</param>
    /// <param name="mean">[rows], overwritten with μ.</param>
    /// <param name="inverseStd">[rows], overwritten with s.</param>
    /// <exception cref="ArgumentException">A span is too short, or a dimension out of range.</exception>
    public static void Forward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> shift, ReadOnlySpan<float> scale,
        int rows, int width, int rowsPerSample, int modulationStride, float epsilon,
        Span<float> y, Span<float> mean, Span<float> inverseStd)
    {
        Guard.Matrix(x, rows, width);
        if (!shift.IsEmpty) Guard.Chunks(shift, rows, width, rowsPerSample, modulationStride);
        if (!scale.IsEmpty) Guard.Chunks(scale, rows, width, rowsPerSample, modulationStride);
        Guard.Matrix<float>(y, rows, width);
        Guard.Length<float>(mean, rows);
        Guard.Length<float>(inverseStd, rows);
        fixed (float* px = x, pShift = shift, pScale = scale, py = y, pMean = mean, pStd = inverseStd)
        {
            Chunks shifts = new(pShift, rowsPerSample, modulationStride);
            Chunks scales = new(pScale, rowsPerSample, modulationStride);
            ForwardRows kernel = new(px, shifts, scales, width, epsilon, py, pMean, pStd);
            cpu.Run(rows, Grain.Rows(Grain.Light, width), kernel);
        }
    }

    /// <summary>Adds the gradients with respect to input, shift and scale; an empty destination is passed over.</summary>
    /// <param name="cpu">How to run.</param>
    /// <param name="x">The input of <see cref="Forward"/>, [rows, width].</param>
    /// <param name="scale">As given to <see cref="Forward"/>.</param>
    /// <param name="mean">As written by <see cref="Forward"/>, [rows].</param>
    /// <param name="inverseStd">As written by <see cref="Forward"/>, [rows].</param>
    /// <param name="dY">Gradient with respect to the output, [rows, width].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="rowsPerSample">Number of successive rows that share a shift and a scale; at least 1.</param>
    /// <param name="modulationStride">Distance between the chunks of successive samples, in scale, dShift and dScale.</param>
    /// <param name="dX">[rows, width], accumulated; or empty.</param>
    /// <param name="dShift">Chunks as in <paramref name="scale"/>, accumulated; or empty.</param>
    /// <param name="dScale">Chunks as in <paramref name="scale"/>, accumulated; or empty.</param>
    /// <exception cref="ArgumentException">A span is too short, or a dimension out of range.</exception>
    public static void Backward(
        Cpu cpu, ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> inverseStd, ReadOnlySpan<float> dY,
        int rows, int width, int rowsPerSample, int modulationStride,
        Span<float> dX, Span<float> dShift, Span<float> dScale)
    {
        Guard.Matrix(x, rows, width);
        if (!scale.IsEmpty) Guard.Chunks(scale, rows, width, rowsPerSample, modulationStride);
        Guard.Length(mean, rows);
        Guard.Length(inverseStd, rows);
        Guard.Matrix(dY, rows, width);
        if (!dX.IsEmpty) Guard.Matrix<float>(dX, rows, width);
        if (!dShift.IsEmpty) Guard.Chunks<float>(dShift, rows, width, rowsPerSample, modulationStride);
        if (!dScale.IsEmpty) Guard.Chunks<float>(dScale, rows, width, rowsPerSample, modulationStride);
        fixed (float* px = x, pScale = scale, pMean = mean, pStd = inverseStd, pdY = dY)
        fixed (float* pdX = dX, pdShift = dShift, pdScale = dScale)
        {
            Statistics statistics = new(px, pMean, pStd, width);
            Chunks scales = new(pScale, rowsPerSample, modulationStride);
            int samples = RowSum.Samples(rows, rowsPerSample);
            bool apart = pdShift != pdScale; // one chunk as both receives its two sums one after the other, at any thread count
            if (RowSum.SharesOut(cpu, samples) && apart && !dX.IsEmpty && !dShift.IsEmpty && !dScale.IsEmpty)
            {
                Chunks dShifts = new(pdShift, rowsPerSample, modulationStride), dScales = new(pdScale, rowsPerSample, modulationStride);
                BackwardSamples kernel = new(statistics, scales, pdY, rows, width, rowsPerSample, pdX, dShifts, dScales);
                cpu.Run(samples, Grain.Rows(Grain.Light, width) / rowsPerSample, kernel);
                return;
            }

            if (!dX.IsEmpty)
            {
                cpu.Run(rows, Grain.Rows(Grain.Light, width), new BackwardRows(statistics, scales, pdY, width, pdX));
            }

            if (!dShift.IsEmpty)
            {
                Rows.SummedRows body = new(pdY, new Chunks(pdShift, rowsPerSample, modulationStride), width);
                RowSum.Run<Rows.SummedRows, Elementwise.AddBody>(cpu, body, rows, width, rowsPerSample);
            }

            if (!dScale.IsEmpty)
            {
                ScaleRows body = new(statistics, pdY, new Chunks(pdScale, rowsPerSample, modulationStride), width);
                RowSum.Run<ScaleRows, ScaleBody>(cpu, body, rows, width, rowsPerSample);
            }
        }
    }
}
