namespace PureDit.Nn.Tests;

/// <summary>
/// The whole model once more in double, by naive loops straight from the paper's equations. It shares no code with the
/// library: patches, embeddings, blocks and the final layer are written out again.
/// </summary>
internal sealed class ReferenceDiT(DiTConfig config, Func<string, double[]> weight)
{
    private readonly int _d = config.Width, _t = config.Input.Tokens;

    /// <summary>x [N, ..] → prediction, flattened.</summary>
    public double[] Forward(double[] x, double[] t, int[] labels)
    {
        int n = t.Length, inputs = config.Input.DataChannels * config.Input.ValuesPerChannel;
        double[] c = Condition(t, labels), siluC = [.. c.Select(v => v / (1 + Math.Exp(-v)))];
        double[] h = Linear(ToTokens(x, n), "x_embedder.proj", n * _t, inputs), positions = weight("pos_embed");
        for (int i = 0; i < h.Length; i++) h[i] += positions[i % (_t * _d)];
        for (int block = 0; block < config.Depth; block++) h = Block(h, siluC, n, $"blocks.{block}");
        double[] modulation = Linear(siluC, "final_layer.adaLN_modulation.1", n, _d);
        double[] y = Linear(Modulate(h, modulation, n, 0, 1), "final_layer.linear", n * _t, _d);
        return config.Input is ImageLayout image ? ToImage(y, n, image) : y;
    }

    private double[] Condition(double[] t, int[] labels)
    {
        double[] features = new double[t.Length * 256];
        for (int i = 0; i < features.Length; i++)
        {
            double angle = t[i / 256] * Math.Exp(-Math.Log(10000) * (i % 128) / 128);
            features[i] = i % 256 < 128 ? Math.Cos(angle) : Math.Sin(angle);
        }

        double[] hidden = Linear(features, "t_embedder.mlp.0", t.Length, 256);
        for (int i = 0; i < hidden.Length; i++) hidden[i] /= 1 + Math.Exp(-hidden[i]);
        double[] c = Linear(hidden, "t_embedder.mlp.2", t.Length, _d);
        if (config.Classes == 0) return c;
        double[] table = weight("y_embedder.embedding_table.weight");
        for (int i = 0; i < c.Length; i++) c[i] += table[(labels[i / _d] * _d) + (i % _d)];
        return c;
    }

    private double[] Block(double[] x, double[] siluC, int n, string name)
    {
        double[] m = Linear(siluC, name + ".adaLN_modulation.1", n, _d);
        double[] qkv = Linear(Modulate(x, m, n, 0, 1), name + ".attn.qkv", n * _t, _d);
        double[] attention = Linear(Attend(qkv, n), name + ".attn.proj", n * _t, _d);
        x = Gated(x, m, 2, attention);
        double[] hidden = Linear(Modulate(x, m, n, 3, 4), name + ".mlp.fc1", n * _t, _d);
        for (int i = 0; i < hidden.Length; i++)
        {
            double v = hidden[i];
            hidden[i] = 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + (0.044715 * v * v * v))));
        }

        return Gated(x, m, 5, Linear(hidden, name + ".mlp.fc2", n * _t, config.MlpWidth));
    }

    private double[] Linear(double[] x, string name, int rows, int inputs)
    {
        double[] w = weight(name + ".weight"), b = weight(name + ".bias"), y = new double[rows * b.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int o = 0; o < b.Length; o++)
            {
                double sum = b[o];
                for (int i = 0; i < inputs; i++) sum += x[(r * inputs) + i] * w[(o * inputs) + i];
                y[(r * b.Length) + o] = sum;
            }
        }

        return y;
    }

    private double[] Modulate(double[] x, double[] m, int n, int shift, int scale)
    {
        double[] y = new double[x.Length];
        for (int row = 0; row < n * _t; row++)
        {
            double[] values = x[(row * _d)..((row + 1) * _d)];
            double mean = values.Average(), variance = values.Average(v => (v - mean) * (v - mean));
            int sample = row / _t * (m.Length / n);
            for (int j = 0; j < _d; j++)
            {
                double normalised = (values[j] - mean) / Math.Sqrt(variance + 1e-6);
                y[(row * _d) + j] = (normalised * (1 + m[sample + (scale * _d) + j])) + m[sample + (shift * _d) + j];
            }
        }

        return y;
    }

    private double[] Gated(double[] x, double[] m, int gate, double[] branch)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++) y[i] = x[i] + (m[(i / (_t * _d) * 6 * _d) + (gate * _d) + (i % _d)] * branch[i]);
        return y;
    }

    private double[] Attend(double[] qkv, int n)
    {
        int size = _d / config.Heads;
        double[] o = new double[n * _t * _d];
        for (int s = 0; s < n; s++)
        {
            for (int h = 0; h < config.Heads; h++)
            {
                int At(int token, int part) => (((((s * _t) + token) * 3) + part) * _d) + (h * size);
                for (int a = 0; a < _t; a++)
                {
                    double[] e = new double[_t];
                    for (int b = 0; b < _t; b++)
                    {
                        for (int j = 0; j < size; j++) e[b] += qkv[At(a, 0) + j] * qkv[At(b, 1) + j] / Math.Sqrt(size);
                    }

                    double max = e.Max();
                    for (int b = 0; b < _t; b++) e[b] = Math.Exp(e[b] - max);
                    double sum = e.Sum();
                    for (int b = 0; b < _t; b++)
                    {
                        for (int j = 0; j < size; j++) o[(((s * _t) + a) * _d) + (h * size) + j] += e[b] / sum * qkv[At(b, 2) + j];
                    }
                }
            }
        }

        return o;
    }

    private double[] ToTokens(double[] x, int n)
    {
        if (config.Input is not ImageLayout image) return x;
        (int size, int channels, int p) = image;
        List<double> tokens = [];
        for (int s = 0; s < n; s++)
        {
            for (int h = 0; h < size; h += p)
            {
                for (int w = 0; w < size; w += p)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        for (int i = 0; i < p * p; i++) tokens.Add(x[(((((s * channels) + c) * size) + h + (i / p)) * size) + w + (i % p)]);
                    }
                }
            }
        }

        return [.. tokens];
    }

    private double[] ToImage(double[] tokens, int n, ImageLayout image)
    {
        (int size, _, int p) = image;
        int channels = config.OutputChannels, grid = size / p;
        double[] y = new double[tokens.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int w = i % size, h = i / size % size, c = i / (size * size) % channels, s = i / (size * size * channels);
            int token = (((s * grid) + (h / p)) * grid) + (w / p);
            y[i] = tokens[(((((token * p) + (h % p)) * p) + (w % p)) * channels) + c];
        }

        return y;
    }
}
