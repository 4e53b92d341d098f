// The diffusion transformer with adaLN-Zero (Peebles & Xie, Scalable Diffusion Models with Transformers, 2023,
// arXiv 2212.09748). From noisy data x, a time t and a label y to a prediction of the same layout:
//   tokens = x_embedder(patches of x) + pos_embed;   c = t_embedder(t) + y_embedder(y)
//   blocks, each conditioned on c;   final_layer;   patches put together
// Parameters have the names and shapes of the published checkpoints. What is predicted (noise, x0, v) and what t means
// is the caller's affair. Without classes there is no y_embedder. A model is immutable but for its parameters: any
// number of tapes may run it at once, as long as none of them changes the parameters.

using System.Globalization;
using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>A diffusion transformer: its parameters and its forward pass.</summary>
public sealed class DiT : INetwork
{
    private const string XName = "x_embedder", TName = "t_embedder", YName = "y_embedder";
    private readonly Parameter _positions;
    private readonly LinearLayer _xEmbedder;
    private readonly TimestepEmbedding _tEmbedder;
    private readonly LabelEmbedding? _yEmbedder;
    private readonly DiTBlock[] _blocks;
    private readonly Segment[] _segments; // the blocks, for a tape that recomputes
    private readonly FinalLayer _finalLayer;

    /// <summary>A fresh model, initialised as in the paper; it predicts exactly 0.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="seed">Determines every random parameter.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public DiT(DiTConfig config, ulong seed)
        : this(config)
    {
        Allocate();
        Initialize(new Initializers(seed));
    }

    private DiT(DiTConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        InputLayout input = config.Input;
        _positions = Parameters.Add("pos_embed", new Shape(1, input.Tokens, config.Width), trained: false);
        _xEmbedder = new LinearLayer(Parameters, XName + ".proj", input is ImageLayout image
            ? new Shape(config.Width, image.Channels, image.Patch, image.Patch) // a convolution with stride P
            : new Shape(config.Width, input.DataChannels));
        _tEmbedder = new TimestepEmbedding(Parameters, TName, config.Width);
        _yEmbedder = config.Classes > 0 ? new LabelEmbedding(Parameters, YName, config.Classes, config.Width) : null;
        _blocks = new DiTBlock[config.Depth];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new DiTBlock(Parameters, string.Create(CultureInfo.InvariantCulture, $"blocks.{i}"), config);
        }

        _segments = Array.ConvertAll<DiTBlock, Segment>(_blocks, block => (tape, x, siluC) => block.Forward(tape, x, siluC, observer: null));
        _finalLayer = new FinalLayer(Parameters, "final_layer", config.Width, input.ValuesPerChannel * config.OutputChannels);
    }

    /// <summary>The architecture.</summary>
    public DiTConfig Config { get; }

    /// <summary>The parameters by name; <c>pos_embed</c> is frozen.</summary>
    public ParameterStore Parameters { get; } = new();

    InputLayout INetwork.Input => Config.Input;

    Variable INetwork.Forward(Tape tape, Variable x, ReadOnlySpan<float> t) => Forward(tape, x, t, []);

    // [doc:dit-forward]
    /// <summary>Predicts from noisy data.</summary>
    /// <param name="tape">A tape with a begun step; if it recomputes, block by block.</param>
    /// <param name="x">Noisy data, [N, C, S, S] or [N, F, C].</param>
    /// <param name="t">Diffusion time of every sample, [N], in the range the model was trained on.</param>
    /// <param name="labels">Label of every sample, [N], 0 to <see cref="DiTConfig.NullLabel"/>; empty without classes.</param>
    /// <param name="observer">Sees inner values; null for none. With one, nothing is computed again in backward.</param>
    /// <returns>Prediction, x's shape with <see cref="DiTConfig.OutputChannels"/> channels.</returns>
    /// <exception cref="ArgumentException">A shape, a length or a label does not fit.</exception>
    public Variable Forward(
        Tape tape, Variable x, ReadOnlySpan<float> t, ReadOnlySpan<int> labels, IActivationObserver? observer = null)
    {
        CheckInputs(tape, x, t.Length, labels.Length);
        Variable siluC = tape.Silu(Condition(tape, t, labels, observer)); // [N, D]

        TapeMark mark = tape.Mark(); // without recording, every block's output takes the place of its input
        Variable tokens = Config.Input is ImageLayout image ? tape.Patchify(x, image.Patch) : x;
        tokens = _xEmbedder.Forward(tape, tokens); // [N, T, D]
        observer?.Observe(XName, tokens);
        tokens = tape.Release(mark, tape.AddPositions(tokens, tape.Use(_positions)));
        for (int i = 0; i < _blocks.Length; i++)
        {
            tokens = tape.Release(mark, observer is null
                ? tape.Segment(_segments[i], tokens, siluC) // may run again in backward
                : _blocks[i].Forward(tape, tokens, siluC, observer));
        }

        Variable y = _finalLayer.Forward(tape, tokens, siluC, observer); // [N, T, values of a token]
        return Config.Input is ImageLayout layout ? tape.Unpatchify(y, layout.Patch) : y;
    }

    /// <summary>
    /// Arranges the weights for predictions alone: their products with few rows need no packing at every call (with 256 rows
    /// 1.05 times as fast, with 8 rows 2.3 times). Results keep their bits; the parameters can no longer be read, saved, loaded or trained.
    /// </summary>
    /// <param name="cpu">Where to run.</param>
    /// <exception cref="InvalidOperationException">The model is set up for training.</exception>
    public void PackForInference(Cpu cpu) => Parameters.PackForInference(
        cpu, [.. _blocks.SelectMany(block => block.Weights), .. _finalLayer.Weights, _xEmbedder.Weight]);

    private Variable Condition(Tape tape, ReadOnlySpan<float> t, ReadOnlySpan<int> labels, IActivationObserver? observer)
    {
        Variable c = _tEmbedder.Forward(tape, t);
        observer?.Observe(TName, c);
        if (_yEmbedder is null) return c;
        Variable y = _yEmbedder.Forward(tape, labels);
        observer?.Observe(YName, y);
        return tape.Add(c, y);
    }
    // [/doc:dit-forward]

    /// <summary>Declares the parameters without allocating them, to compare a file with them first.</summary>
    internal static DiT Declare(DiTConfig config) => new(config);

    /// <summary>Allocates the parameters: all zero but the position table.</summary>
    internal void Allocate()
    {
        Parameters.Seal();
        if (Config.Input is ImageLayout image)
        {
            PositionTable.FillGrid(image.Size / image.Patch, Config.Width, _positions.Data);
        }
        else
        {
            double[] frames = [.. Enumerable.Range(0, Config.Input.Tokens).Select(i => (double)i)];
            PositionTable.FillSequence(frames, Config.Width, _positions.Data);
        }
    }

    // [doc:dit-initialization]
    private void Initialize(Initializers random)
    {
        _xEmbedder.InitializeXavier(random);  // as the matrix [D, C·P·P] that it is
        _tEmbedder.Initialize(random);        // normal, 0.02
        _yEmbedder?.Initialize(random);       // normal, 0.02
        foreach (DiTBlock block in _blocks) block.Initialize(random); // Xavier uniform; modulation zero
        _finalLayer.Initialize();             // zero
    }
    // [/doc:dit-initialization]

    private void CheckInputs(Tape tape, Variable x, int times, int labels)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Shape actual = x.Shape;
        int batch = actual.Rank > 0 ? actual[0] : 0;
        Shape expected = Config.Input.BatchShape(batch, Config.Input.DataChannels);
        if (actual != expected || batch == 0)
        {
            throw new ArgumentException($"x: expected shape {Config.Input.BatchShape(Math.Max(1, batch), Config.Input.DataChannels)}, got {actual}.", nameof(x));
        }

        if (times != batch) throw new ArgumentException($"t: expected {batch} times, one per sample, got {times}.", nameof(times));
        int expectedLabels = _yEmbedder is null ? 0 : batch;
        if (labels != expectedLabels)
        {
            throw new ArgumentException($"labels: expected {expectedLabels} for {batch} samples and {Config.Classes} classes, got {labels}.", nameof(labels));
        }
    }
}
