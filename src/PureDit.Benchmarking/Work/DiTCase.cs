// A DiT on a batch: one prediction, or one training step (forward, mean squared error, backward, AdamW; no moving average,
// as the peers have none). Operations are counted as the peers count them, per sample:
//   depth·(24·T·D² + 4·T²·D + 12·D²) + 2·T·D·(values in + values out of a token);   three times that for a step.
// Architectures are those of facebookresearch's DiT; an image of 32 × 32 × 4 in patches of 2 is 256 tokens of 16 values.

using System.Globalization;
using PureDit.Nn;

namespace PureDit.Benchmarking;

/// <summary>A model and a batch.</summary>
/// <param name="Model">Name of the model, as the peers give it.</param>
/// <param name="Config">Its architecture.</param>
/// <param name="Batch">Samples.</param>
/// <param name="Train">Whether it is a training step.</param>
public sealed record DiTCase(string Model, DiTConfig Config, int Batch, bool Train)
{
    private const string Form = "tokens,in,width,depth,heads,batch";

    /// <summary>Name of the line that tells the peak memory; empty for none.</summary>
    public string MemoryName { get; init; } = "";

    /// <summary>Reads <c>tokens,in,width,depth,heads,batch</c>: sequences of that many tokens, without labels.</summary>
    /// <exception cref="ArgumentException">It is no such shape, or no DiT can have it.</exception>
    public static DiTCase Parse(string text)
    {
        int[] size = Sizes.Parse(text, ',', "a DiT", Form, "64,8,64,4,4,64");
        DiTConfig config = new(new SequenceLayout(size[0], size[1]), size[2], size[3], size[4]);
        try
        {
            config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"'{text}' ({Form}): {e.Message}", e);
        }

        Sizes.Fits(text, (long)size[5] * size[0] * config.MlpWidth);
        Sizes.Fits(text, (long)size[3] * 18 * size[2] * size[2]);
        string model = string.Create(CultureInfo.InvariantCulture, $"n{size[0]}_i{size[1]}_w{size[2]}_l{size[3]}_h{size[4]}");
        return new(model, config, size[5], Train: false);
    }

    /// <summary>Floating-point operations.</summary>
    public double Operations
    {
        get
        {
            double d = Config.Width, t = Config.Input.Tokens;
            int values = Config.Input.ValuesPerChannel * (Config.Input.DataChannels + Config.OutputChannels);
            return (Train ? 3.0 : 1.0) * Batch * ((Config.Depth * ((24 * t * d * d) + (4 * t * t * d) + (12 * d * d))) + (2 * t * d * values));
        }
    }

    /// <summary>The workload.</summary>
    public Workload ToWorkload()
    {
        long weights = Config.CountParameters();
        double arrays = Train ? 9 : 1; // weights twice, gradients zeroed, added to and read, the moments read and written
        string name = string.Create(CultureInfo.InvariantCulture, $"dit_{Model}_{(Train ? "train" : "fwd")}_b{Batch}");
        string shape = string.Create(
            CultureInfo.InvariantCulture, $"{Batch} × {Config.Input.Tokens} tokens, width {Config.Width}, depth {Config.Depth}");
        return new(name, WorkloadGroup.Step, shape, Operations, sizeof(float) * arrays * weights, cpu => DiTWork.Prepare(this, name, cpu))
        {
            MemoryName = MemoryName,
            IsHeavy = weights > 300_000_000,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Config.Input.Tokens},{Config.Input.DataChannels},{Config.Width},{Config.Depth},{Config.Heads},{Batch}");
}
