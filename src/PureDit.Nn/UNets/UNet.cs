// A U-Net over the frames of sequences (Ronneberger et al. 2015, arXiv 1505.04597; for diffusion Ho et al. 2020, arXiv
// 2006.11239): from noisy sequences x [N, F, C] and times t to a prediction of the same shape.
//   c = t_embedder(t);   h = input(x)                                        a convolution
//   down, level by level:  residual blocks;  a convolution of stride 2       every result is kept for the way up
//   middle:                two residual blocks
//   up, level by level:    residual blocks of (h, what was kept);  nearest up-sampling and a convolution
//   output( silu( norm(h) ) )                                                a convolution, zero at first
// Where a DiT compares every frame with every other, a convolution sees its neighbours, and far frames meet on lower levels.
// Frames have no position but for the zeros beyond the ends. Not done: attention, labels, learned variance, dropout.

using System.Buffers;
using System.Globalization;
using PureDit.Autodiff;

namespace PureDit.Nn;

/// <summary>A 1-D convolutional U-Net: the baseline of a DiT on sequences.</summary>
public sealed class UNet : INetwork
{
    private readonly TimestepEmbedding _tEmbedder;
    private readonly ConvolutionLayer _input, _output;
    private readonly ResidualBlock[][] _down, _up; // [level][block]
    private readonly ResidualBlock[] _middle;
    private readonly ConvolutionLayer[] _shorter, _longer; // between level i and i + 1
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
        int channels = config.Input.Channels, size = config.KernelSize, width = config.Width, last = config.Levels - 1;
        Stack<int> kept = new([width]);
        _tEmbedder = new TimestepEmbedding(Parameters, "t_embedder", config.EmbeddingWidth);
        _input = new ConvolutionLayer(Parameters, "input", channels, width, size);
        (_down, _up) = (new ResidualBlock[config.Levels][], new ResidualBlock[config.Levels][]);
        (_shorter, _longer) = (new ConvolutionLayer[last], new ConvolutionLayer[last]);
        for (int level = 0; level <= last; level++)
        {
            _down[level] = Blocks("down", level, config.Blocks, () => width);
            if (level < last) kept.Push((_shorter[level] = Convolution("down", level, stride: 2)) is null ? 0 : width);
        }

        _middle = [Block("middle.0", width, width), Block("middle.1", width, width)];
        for (int level = last; level >= 0; level--)
        {
            _up[level] = Blocks("up", level, config.Blocks + 1, () => width + kept.Pop());
            if (level > 0) _longer[level - 1] = Convolution("up", level, stride: 1);
        }

        _outputNorm = new GroupNormLayer(Parameters, "output_norm", width, config.Groups);
        _output = new ConvolutionLayer(Parameters, "output", width, channels, size);

        ResidualBlock[] Blocks(string way, int level, int count, Func<int> inputs)
        {
            ResidualBlock[] blocks = new ResidualBlock[count];
            for (int i = 0; i < count; i++)
            {
                blocks[i] = Block(string.Create(CultureInfo.InvariantCulture, $"{way}.{level}.blocks.{i}"), inputs(), config.WidthAt(level));
                width = config.WidthAt(level);
                if (way == "down") kept.Push(width);
            }

            return blocks;
        }

        ResidualBlock Block(string name, int inputs, int outputs) => new(Parameters, name, config, inputs, outputs);

        ConvolutionLayer Convolution(string way, int level, int stride) =>
            new(Parameters, string.Create(CultureInfo.InvariantCulture, $"{way}.{level}.resample"), width, width, size, stride);
    }
}
