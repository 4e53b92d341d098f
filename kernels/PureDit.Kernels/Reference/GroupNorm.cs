// Group normalisation, spelled out: statistics over the frames of a sample and the channels of a group,
//   μ = mean x,  s = 1/√(mean (x − μ)² + ε),  x̂ = (x − μ)·s,  y = x̂·(1 + scale) + shift
// Backward, with g = dY·(1 + scale):
//   dX += s·(g − mean g − x̂·mean(g·x̂)),   dShift += Σ_frames dY,   dScale += Σ_frames dY·x̂

namespace PureDit.Kernels.Reference;

/// <summary>Naive twin of <see cref="Kernels.GroupNorm"/> in double.</summary>
public static class GroupNorm
{
    // [doc:groupnorm-reference]
    /// <inheritdoc cref="Kernels.GroupNorm.Forward"/>
    public static void Forward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> shift, ReadOnlySpan<double> scale, GroupNormShape shape,
        int modulationStride, double epsilon, Span<double> y, Span<double> mean, Span<double> inverseStd)
    {
        for (int g = 0; g < shape.StatisticsLength; g++)
        {
            int[] members = Members(shape, g);
            double sum = 0, squares = 0;
            foreach (int i in members) sum += x[i];
            mean[g] = sum / members.Length;
            foreach (int i in members) squares += (x[i] - mean[g]) * (x[i] - mean[g]);
            inverseStd[g] = 1 / Math.Sqrt((squares / members.Length) + epsilon);
            foreach (int i in members)
            {
                int chunk = (g / shape.Groups * modulationStride) + (i % shape.Channels);
                double factor = scale.IsEmpty ? 1 : 1 + scale[chunk];
                y[i] = ((x[i] - mean[g]) * inverseStd[g] * factor) + (shift.IsEmpty ? 0 : shift[chunk]);
            }
        }
    }
    // [/doc:groupnorm-reference]

    /// <inheritdoc cref="Kernels.GroupNorm.Backward"/>
    public static void Backward(
        ReadOnlySpan<double> x, ReadOnlySpan<double> scale, ReadOnlySpan<double> mean, ReadOnlySpan<double> inverseStd,
        ReadOnlySpan<double> dY, GroupNormShape shape, int modulationStride, Span<double> dX, Span<double> dShift, Span<double> dScale)
    {
        for (int g = 0; g < shape.StatisticsLength; g++)
        {
            int[] members = Members(shape, g);
            double[] gradients = new double[members.Length], normalised = new double[members.Length];
            double meanG = 0, meanGX = 0;
            for (int k = 0; k < members.Length; k++)
            {
                int i = members[k], chunk = (g / shape.Groups * modulationStride) + (i % shape.Channels);
                normalised[k] = (x[i] - mean[g]) * inverseStd[g];
                gradients[k] = dY[i] * (scale.IsEmpty ? 1 : 1 + scale[chunk]);
                meanG += gradients[k] / members.Length;
                meanGX += gradients[k] * normalised[k] / members.Length;
                if (!dShift.IsEmpty) dShift[chunk] += dY[i];
                if (!dScale.IsEmpty) dScale[chunk] += dY[i] * normalised[k];
            }

            if (dX.IsEmpty) continue;
            for (int k = 0; k < members.Length; k++) dX[members[k]] += inverseStd[g] * (gradients[k] - meanG - (normalised[k] * meanGX));
        }
    }

    // The values of group g of all samples' groups.
    private static int[] Members(GroupNormShape shape, int g)
    {
        int sample = g / shape.Groups, size = shape.Channels / shape.Groups, first = g % shape.Groups * size;
        return [.. from t in Enumerable.Range(0, shape.Frames)
                   from c in Enumerable.Range(first, size)
                   select (((sample * shape.Frames) + t) * shape.Channels) + c];
    }
}
