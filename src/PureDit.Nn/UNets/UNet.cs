// A U-Net over the frames of sequences (Ronneberger et al. 2015, arXiv 1505.04597; for diffusion Ho et al. 2020, arXiv
// 2006.11239): from noisy sequences x [N, F, C] and times t to a prediction of the same shape.
//   c = t_embedder(t);   h = input(x)                                        a convolution
//   down, level by level:  residual blocks;  a convolution of stride 2       every result is kept for the way up
//   middle:                two residual blocks
//   up, level by level:    nearest up-sampling and a convolution;  residual blocks of (h, what was kept)
//   output( silu( norm(h) ) )                                                a convolution, zero at first
// Where a DiT compares every frame with every other, a convolution sees its neighbours, and far frames meet on lower levels.
// Frames have no position but for the zeros beyond the ends. Not done: attention, labels, learned variance, dropout.

using System.Buffers;
using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>A 1-D convolutional U-Net: the baseline of a DiT on sequences.</summary>
public sealed class UNet : INetwork
{
    private readonly TimestepEmbedding _tEmbedder;
    private readonly ConvolutionLayer _input, _output;
    private readonly UNetLevel[] _levels;
    private readonly ResidualBlock[] _middle;
    private readonly GroupNormLayer _outputNorm;

    /// <summary>A fresh model; it predicts exactly 0.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="seed">Determines every random parameter.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public UNet(UNetConfig config, ulong seed)
        : this(config)
    {
        Parameters.Seal();
        Initialize(new Initializers(seed));
    }

    private UNet(UNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        int channels = config.Input.Channels, deepest = config.WidthAt(config.Levels - 1);
        _tEmbedder = new TimestepEmbedding(Parameters, "t_embedder", config.EmbeddingWidth);
        _input = new ConvolutionLayer(Parameters, "input", channels, config.Width, config.KernelSize);
        _levels = [.. Enumerable.Range(0, config.Levels).Select(level => new UNetLevel(Parameters, config, level))];
        _middle = [.. new[] { "middle.0", "middle.1" }.Select(name => new ResidualBlock(Parameters, name, config, deepest, deepest))];
        _outputNorm = new GroupNormLayer(Parameters, "output_norm", config.Width, config.Groups);
        _output = new ConvolutionLayer(Parameters, "output", config.Width, channels, config.KernelSize);
    }

    /// <summary>The architecture.</summary>
    public UNetConfig Config { get; }

    /// <inheritdoc/>
    public InputLayout Input => Config.Input;

    /// <inheritdoc/>
    public ParameterStore Parameters { get; } = new();

    // [doc:unet-forward]
    /// <inheritdoc/>
    public Variable Forward(Tape tape, Variable x, ReadOnlySpan<float> t)
    {
        CheckInputs(tape, x, t.Length);
        Variable siluC = tape.Silu(_tEmbedder.Forward(tape, t)); // [N, E]
        Variable[] rented = ArrayPool<Variable>.Shared.Rent(1 + (Config.Levels * (Config.Blocks + 1)));
        int count = 0;

        Variable h = rented[count++] = _input.Forward(tape, x); // [N, F, Width]
        foreach (UNetLevel level in _levels) h = level.Down(tape, h, siluC, rented, ref count);
        foreach (ResidualBlock block in _middle) h = block.Forward(tape, h, siluC); // [N, F/2^(L−1), Width·2^(L−1)]
        for (int i = _levels.Length - 1; i >= 0; i--) h = _levels[i].Up(tape, h, siluC, rented, ref count);

        ArrayPool<Variable>.Shared.Return(rented, clearArray: true); // variables hold on to their tape
        return _output.Forward(tape, _outputNorm.ForwardSilu(tape, h)); // [N, F, C]
    }
    // [/doc:unet-forward]

    /// <summary>Declares the parameters without allocating them.</summary>
    internal static UNet Declare(UNetConfig config) => new(config);

    private void Initialize(Initializers random)
    {
        _tEmbedder.Initialize(random);       // normal, 0.02
        _input.InitializeXavier(random);     // as the matrix of a window that it is
        foreach (UNetLevel level in _levels) level.Initialize(random); // Xavier uniform; second convolutions zero
        foreach (ResidualBlock block in _middle) block.Initialize(random);
        _output.InitializeZero();
    }

    private void CheckInputs(Tape tape, Variable x, int times)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Shape actual = x.Shape;
        int batch = actual.Rank > 0 ? actual[0] : 0;
        if (batch == 0 || actual != Input.BatchShape(batch, Config.Input.Channels))
        {
            throw new ArgumentException($"x: expected shape {Input.BatchShape(Math.Max(1, batch), Config.Input.Channels)}, got {actual}.", nameof(x));
        }

        if (times != batch) throw new ArgumentException($"t: expected {batch} times, one per sample, got {times}.", nameof(times));
    }
}
