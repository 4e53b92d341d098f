// A DiT that nobody trained: the library's own architecture (softmax attention, adaLN gates, GELU) with weights written
// down so that its output is the score of a Gaussian process. Block k makes one step of descent on z = σs,
//
//   z⁺ = z − η_k (α² Γ zΣ + σ² z + σ c),     η_k = 1/(α² ξ_k + σ²),   ξ_k the Chebyshev nodes of the spectrum of Γ⊗Σ:
//
//   attention   head 0: logits ln Γ_ij, so its weights are D⁻¹Γ with D_i = Σ_j Γ_ij; values zΣ    → h, gate η_k α²
//               head 1: looks at its own frame only; values z and c                             → z, g, gates −η_k σ², η_k σ
//   MLP         z ← z − D_i h − g,  h ← 0,  g ← 0                   gelu(y) − gelu(−y) = y; D_i by units that one frame wakes
//
// Block 0 instead makes c = x − αμ (attention) and z = −η_0 σ c (MLP). The last layer reads the noise −z.
// Exact in real numbers: the products by Γ and Σ, the MLP, the time's way through the embedding. Approximate: the layer
// norm (‖rest‖²/4C²), the gates as functions of t (least squares), K steps instead of infinitely many.
// The algorithm is that of Fu et al. 2024, arXiv 2407.16134; this construction is ours.

using System.Globalization;
using PureDit.Autodiff;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.GaussianProcess.Unrolled;
using PureDit.Inference;
using PureDit.Nn;

namespace PureDit.Training;

/// <summary>Writes the score of a Gaussian process into the weights of a DiT.</summary>
public static class ConstructedDiT
{
    private const int Heads = 2;

    /// <summary>Blocks that leave a share of the score at the earliest time of a schedule: Chebyshev's ½√κ ln(2/ε).</summary>
    /// <param name="process">The process.</param>
    /// <param name="schedule">The noise levels.</param>
    /// <param name="accuracy">ε in (0, 1).</param>
    public static int BlocksFor(GaussianSequence process, UniformLogSnr schedule, double accuracy)
    {
        (double smallest, double largest) = new TruncatedProcess(process).Spectrum(NoiseLevel.FromTime(schedule.Start));
        return UnrolledSchedule.StepsFor(UnrolledMethod.Chebyshev, largest / smallest, accuracy);
    }

    /// <summary>Builds the network.</summary>
    /// <param name="process">The process; no Γ_ij may be negative, since attention weights are not.</param>
    /// <param name="schedule">The noise levels that the network must handle.</param>
    /// <param name="blocks">K, the steps of descent, 1 or more.</param>
    /// <param name="constant">C, which makes layer norms linear; a smaller one shows what they do.</param>
    /// <returns>A model that predicts noise, as it is loaded from a file.</returns>
    /// <exception cref="ArgumentException">Γ has a negative entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no block, or C is not a finite number above 0.</exception>
    public static DiffusionModel Build(GaussianSequence process, UniformLogSnr schedule, int blocks, float constant = ConstructedTokens.StandardConstant)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ConstructedTokens tokens = new(process.Frames, process.Channels, constant);
        RowSums sums = RowSums.Of(process);
        DiTConfig config = new(new SequenceLayout(process.Frames, process.Channels), tokens.Width, blocks, Heads)
        {
            MlpRatio = Math.Ceiling((double)Units(tokens, sums) / tokens.Width),
        };
        DiT network = new(config, seed: 0);
        foreach (Parameter parameter in network.Parameters.Parameters) parameter.Data.Clear();

        TimeKnots time = new(tokens.Width, schedule);
        time.Write(network);
        WriteInput(network, tokens, process);
        double[] nodes = Nodes(process, blocks);
        for (int k = 0; k < blocks; k++)
        {
            BlockWriter block = new(network, tokens, time, string.Create(CultureInfo.InvariantCulture, $"blocks.{k}"));
            double node = nodes[k];
            if (k == 0) First(block, node);
            else Step(block, node, process, sums);
        }

        WriteOutput(network, tokens);
        return new DiffusionModel(network, PredictionKind.Noise, schedule);
    }

    // c ← x − αμ by head 1, which looks at its own frame; z ← −ησ c by the MLP.
    private static void First(BlockWriter block, double node)
    {
        ConstructedTokens tokens = block.Tokens;
        block.Norms();
        block.Gate(BlockWriter.GateMsa, tokens.Sample, level => -level.Alpha);
        block.LookAtOwnFrame();
        block.CarryByOwnFrame(place: 0, tokens.Mean, tokens.Sample);
        block.Gate(BlockWriter.GateMlp, tokens.Score, level => -level.Sigma / ((level.AlphaBar * node) + level.Variance));
        for (int a = 0; a < tokens.Channels; a++) block.Pair(tokens.Sample + a, frames: null, (tokens.Score + a, 1));
    }

    // [doc:constructed-step]
    // One step of descent.
    private static void Step(BlockWriter block, double node, GaussianSequence process, RowSums sums)
    {
        ConstructedTokens tokens = block.Tokens;
        int d = tokens.Channels;
        block.Norms();
        double Rate(NoiseLevel level) => 1 / ((level.AlphaBar * node) + level.Variance);
        block.Gate(BlockWriter.GateMsa, tokens.Sum, level => Rate(level) * level.AlphaBar);
        block.Gate(BlockWriter.GateMsa, tokens.Score, level => -Rate(level) * level.Variance);
        block.Gate(BlockWriter.GateMsa, tokens.Carried, level => Rate(level) * level.Sigma);
        block.LookByKernel(process.Temporal);
        block.CarryByKernel(process.Spatial);
        block.LookAtOwnFrame();
        block.CarryByOwnFrame(place: 0, tokens.Score, tokens.Score);
        block.CarryByOwnFrame(place: 1, tokens.Sample, tokens.Carried);

        foreach (int slot in new[] { tokens.Score, tokens.Sum, tokens.Carried }) block.Gate(BlockWriter.GateMlp, slot, 1);
        for (int a = 0; a < d; a++)
        {
            (int z, int h, int g) = (tokens.Score + a, tokens.Sum + a, tokens.Carried + a);
            block.Pair(g, frames: null, (z, -1), (g, -1));
            block.Pair(h, frames: null, (z, -sums.Common), (h, -1));
            foreach ((double sum, int[] frames) in sums.Others) block.Pair(h, frames, (z, sums.Common - sum));
        }
    }
    // [/doc:constructed-step]

    // x into c; μ, the frame and ±C from the position table.
    private static void WriteInput(DiT network, ConstructedTokens tokens, GaussianSequence process)
    {
        Span<float> embed = network.Parameters["x_embedder.proj.weight"].Data, table = network.Parameters["pos_embed"].Data;
        for (int a = 0; a < tokens.Channels; a++) embed[((tokens.Sample + a) * tokens.Channels) + a] = 1;
        for (int i = 0; i < tokens.Frames; i++)
        {
            Span<float> row = table.Slice(i * tokens.Width, tokens.Width);
            for (int a = 0; a < tokens.Channels; a++) row[tokens.Mean + a] = (float)process.Mean[(i * tokens.Channels) + a];
            row[tokens.Frame + i] = 1;
            (row[tokens.Large], row[tokens.Large + 1]) = (tokens.Constant, -tokens.Constant);
        }
    }

    // −z from the norm of the last layer.
    private static void WriteOutput(DiT network, ConstructedTokens tokens)
    {
        Span<float> scale = network.Parameters["final_layer.adaLN_modulation.1.bias"].Data[tokens.Width..];
        scale.Fill((float)(tokens.Deviation - 1));
        for (int a = 0; a < tokens.Channels; a++) tokens.Read(network.Parameters["final_layer.linear.weight"], a, tokens.Score + a, -1);
    }

    private static double[] Nodes(GaussianSequence process, int blocks)
    {
        (double smallest, double largest) = new TruncatedProcess(process).Spectrum(NoiseLevel.Clean);
        return [.. UnrolledSchedule.ChebyshevNodes(blocks).Select(node => (0.5 * (largest + smallest)) + (0.5 * (largest - smallest) * node))];
    }

    private static int Units(ConstructedTokens tokens, RowSums sums) => 2 * tokens.Channels * (2 + sums.Others.Count);
}
