// What a U-Net takes, by its levels. A residual block from a to b channels keeps for backward, per frame: its input
// normalised, its silu, and the windows of it (2a + k·a for windows of k frames); the first convolution, its norm, silu and
// windows, the second convolution and the sum (5b + k·b), the skip's b where a ≠ b, and on the way up the joined input (a).

using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Values that a U-Net has, and that it keeps of a sequence.</summary>
internal static class UNetMemory
{
    /// <summary>Number of parameters; none are declared.</summary>
    public static double Parameters(UNetConfig config)
    {
        double k = config.KernelSize, embedding = config.EmbeddingWidth, sum = (embedding * (256 + embedding)) + (2 * k * config.Width * config.Input.Channels);
        foreach ((int inputs, int outputs, _, _) in Blocks(config))
        {
            double a = inputs, b = outputs;
            sum += (k * a * b) + (k * b * b) + (2 * b * embedding) + (a == b ? 0 : a * b);
        }

        for (int level = 0; level < config.Levels - 1; level++)
        {
            double width = config.WidthAt(level), wider = config.WidthAt(level + 1);
            sum += k * ((width * width) + (wider * wider)); // the halving and the doubling
        }

        return sum;
    }

    /// <summary>Values kept for backward of one sequence; and those of its largest block, whose gradients come on top.</summary>
    public static (double Kept, double Largest) Activations(UNetConfig config)
    {
        double k = config.KernelSize, kept = 0, largest = 0, top = config.Input.Frames * config.Width;
        foreach ((int inputs, int outputs, int frames, bool up) in Blocks(config))
        {
            double a = inputs, b = outputs, block = frames * (((2 + k + (up ? 1 : 0)) * a) + ((5 + k + (inputs == outputs ? 0 : 1)) * b));
            kept += block;
            largest = Math.Max(largest, block);
        }

        for (int level = 0; level < config.Levels - 1; level++)
        {
            double below = config.Input.Frames >> (level + 1), frames = 2 * below, width = config.WidthAt(level), wider = config.WidthAt(level + 1);
            kept += (below * (1 + k) * width) + (frames * (2 + k) * wider); // the halving; the up-sampling with its convolution
        }

        return (kept + (top * (3 + k)), largest); // the first and the last convolution
    }

    // (inputs, outputs, frames, on the way up) of every residual block, as UNetLevel has them.
    private static IEnumerable<(int Inputs, int Outputs, int Frames, bool Up)> Blocks(UNetConfig config)
    {
        int last = config.Levels - 1;
        for (int level = 0; level <= last; level++)
        {
            int frames = config.Input.Frames >> level, width = config.WidthAt(level);
            int above = config.WidthAt(Math.Max(0, level - 1)), below = config.WidthAt(Math.Min(last, level + 1));
            for (int i = 0; i < config.Blocks; i++) yield return (i == 0 ? above : width, width, frames, false);
            for (int i = 0; i <= config.Blocks; i++) yield return ((i == 0 ? below : width) + (i < config.Blocks ? width : above), width, frames, true);
        }

        for (int i = 0; i < 2; i++) yield return (config.WidthAt(last), config.WidthAt(last), config.Input.Frames >> last, false);
    }
}
