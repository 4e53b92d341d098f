// Latent vectors of independent blocks of one law each: p(h) = Π p_i(h_i). With equal blocks every coordinate is as hard
// at any d₀, which is what an experiment on d₀ has to hold still. Blocks have mean 0.

using PureDit.Diffusion;
using PureDit.Kernels;
using PureDit.Latent;

namespace PureDit.Laboratory;

/// <summary>Independent blocks, each of the same law.</summary>
/// <param name="block">The law of a block.</param>
/// <param name="count">Number of blocks.</param>
internal sealed class BlockLaw(ILatentDistribution block, int count) : ILatentDistribution
{
    public int Size => block.Size * count;

    public double LogDensity(NoiseLevel level, ReadOnlySpan<double> h)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += block.LogDensity(level, h.Slice(i * block.Size, block.Size));
        return sum;
    }

    public void Score(NoiseLevel level, ReadOnlySpan<double> h, Span<double> score)
    {
        for (int i = 0; i < count; i++) block.Score(level, h.Slice(i * block.Size, block.Size), score.Slice(i * block.Size, block.Size));
    }

    public void Jacobian(NoiseLevel level, ReadOnlySpan<double> h, Span<double> jacobian)
    {
        double[] part = new double[block.Size * block.Size];
        jacobian.Clear();
        for (int i = 0; i < count; i++)
        {
            block.Jacobian(level, h.Slice(i * block.Size, block.Size), part);
            Place(part, i, jacobian);
        }
    }

    public void Sample(Philox random, long first, Span<double> samples)
    {
        for (int s = 0; s < samples.Length / block.Size; s++) // block i of vector s is draw s·count + i
        {
            block.Sample(random, (first * count) + s, samples.Slice(s * block.Size, block.Size));
        }
    }

    public double[] SecondMoment()
    {
        double[] moment = new double[Size * Size], part = block.SecondMoment();
        for (int i = 0; i < count; i++) Place(part, i, moment);
        return moment;
    }

    private void Place(double[] part, int index, Span<double> whole)
    {
        for (int row = 0; row < block.Size; row++)
        {
            part.AsSpan(row * block.Size, block.Size).CopyTo(whole[((((index * block.Size) + row) * Size) + (index * block.Size))..]);
        }
    }
}
