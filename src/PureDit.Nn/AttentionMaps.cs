// What each head of a network attends to, computed beside its forward pass from the queries and keys that it used:
//   p_ij = softmax_j( q_i·k_j / √(D/H) ),   averaged over the samples of all passes,
// and how much a head has to say: how far what it adds up, Σ_j p_ij v_j, varies from sample to sample (a constant output
// tells nothing of the data). The attention kernel keeps no weights; here they are computed again, plainly and in double,
// so that the ordinary path pays nothing.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>The mean attention map of one head.</summary>
/// <param name="Layer">The attention layer, <c>blocks.i.attn</c>.</param>
/// <param name="Head">The head, from 0.</param>
/// <param name="Weights">Mean weights, [T, T]: row i says where token i looks, and sums to 1.</param>
/// <param name="Strength">Standard deviation of the head's output over samples, root mean square over tokens and channels.</param>
public sealed record AttentionMap(string Layer, int Head, double[] Weights, double Strength);

/// <summary>Collects the attention maps of every layer and head over any number of forward passes.</summary>
public sealed class AttentionMaps : IActivationObserver
{
    private readonly SortedDictionary<string, Layer> _layers = new(StringComparer.Ordinal);

    /// <summary>The maps so far, by layer and head.</summary>
    public IReadOnlyList<AttentionMap> Maps => [.. _layers.SelectMany(layer => layer.Value.Maps(layer.Key))];

    /// <summary>The maps of a model on given inputs.</summary>
    /// <param name="model">A model without classes.</param>
    /// <param name="x">Noisy data, [N, C, S, S] or [N, F, C].</param>
    /// <param name="t">Diffusion time of every sample, [N].</param>
    /// <exception cref="ArgumentException">A shape or a length does not fit, or the model has classes.</exception>
    public static IReadOnlyList<AttentionMap> Of(DiT model, ReadOnlySpan<float> x, ReadOnlySpan<float> t)
    {
        ArgumentNullException.ThrowIfNull(model);
        AttentionMaps maps = new();
        Tape tape = new(Cpu.AllCores, record: false);
        tape.Begin();
        model.Forward(tape, tape.Input(model.Config.Input.BatchShape(t.Length, model.Config.Input.DataChannels), x), t, [], maps);
        return maps.Maps;
    }

    /// <inheritdoc/>
    public void Observe(string name, Variable value)
    {
    }

    /// <inheritdoc/>
    public void ObserveAttention(string name, Variable qkv, int heads)
    {
        Shape shape = qkv.Shape;
        if (!_layers.TryGetValue(name, out Layer? layer)) _layers.Add(name, layer = new(shape[1], heads));
        layer.Add(qkv.Data, shape[0], shape[2] / 3);
    }

    private sealed class Layer(int tokens, int heads)
    {
        private readonly double[] _weights = new double[heads * tokens * tokens];
        private double[] _sums = [], _squares = []; // of the outputs, [H, T, D/H]
        private int _samples, _headSize;

        public void Add(ReadOnlySpan<float> qkv, int samples, int width)
        {
            (_samples, _headSize) = (_samples + samples, width / heads);
            if (_sums.Length == 0) (_sums, _squares) = (new double[tokens * width], new double[tokens * width]);
            double[] row = new double[tokens], output = new double[_headSize];
            for (int sample = 0; sample < samples; sample++)
            {
                ReadOnlySpan<float> of = qkv.Slice(sample * tokens * 3 * width, tokens * 3 * width);
                for (int head = 0; head < heads; head++)
                {
                    for (int i = 0; i < tokens; i++)
                    {
                        Weights(of, width, head, i, row);
                        output.AsSpan().Clear();
                        for (int j = 0; j < tokens; j++)
                        {
                            _weights[(((head * tokens) + i) * tokens) + j] += row[j];
                            ReadOnlySpan<float> value = Part(of, width, 2, head, j);
                            for (int c = 0; c < _headSize; c++) output[c] += row[j] * value[c];
                        }

                        int at = ((head * tokens) + i) * _headSize;
                        for (int c = 0; c < _headSize; c++)
                        {
                            _sums[at + c] += output[c];
                            _squares[at + c] += output[c] * output[c];
                        }
                    }
                }
            }
        }

        public IEnumerable<AttentionMap> Maps(string name) => Enumerable.Range(0, heads).Select(head => new AttentionMap(
            name, head,
            [.. _weights.AsSpan(head * tokens * tokens, tokens * tokens).ToArray().Select(weight => weight / _samples)],
            Math.Sqrt(Enumerable.Range(head * tokens * _headSize, tokens * _headSize).Average(Variance))));

        private double Variance(int at) => Math.Max(0, (_squares[at] - (_sums[at] * _sums[at] / _samples)) / _samples);

        // Row i of a head: the softmax of its scores.
        private void Weights(ReadOnlySpan<float> qkv, int width, int head, int i, double[] row)
        {
            ReadOnlySpan<float> query = Part(qkv, width, 0, head, i);
            double largest = double.NegativeInfinity, sum = 0;
            for (int j = 0; j < tokens; j++)
            {
                ReadOnlySpan<float> key = Part(qkv, width, 1, head, j);
                double score = 0;
                for (int c = 0; c < _headSize; c++) score += (double)query[c] * key[c];
                row[j] = score / Math.Sqrt(_headSize);
                largest = Math.Max(largest, row[j]);
            }

            for (int j = 0; j < tokens; j++) sum += row[j] = PortableMath.Exp(row[j] - largest);
            for (int j = 0; j < tokens; j++) row[j] /= sum;
        }

        private ReadOnlySpan<float> Part(ReadOnlySpan<float> qkv, int width, int part, int head, int token) =>
            qkv.Slice((((token * 3) + part) * width) + (head * _headSize), _headSize);
    }
}
