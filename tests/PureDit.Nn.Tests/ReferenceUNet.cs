namespace PureDit.Nn.Tests;

/// <summary>
/// The U-Net once more in double, by naive loops straight from its equations, sample by sample: convolutions by their
/// definition, groups by collecting their values, an explicit stack of what is kept. It shares no code with the library.
/// </summary>
internal sealed class ReferenceUNet(UNetConfig config, Func<string, double[]> weight)
{
    private readonly Stack<double[][]> _kept = new();

    /// <summary>One sample x [F, C] at time t → prediction, flattened.</summary>
    public double[] Forward(double[] x, double t)
    {
        double[] features = [.. Enumerable.Range(0, 256).Select(i => (i < 128 ? Math.Cos(Angle(t, i)) : Math.Sin(Angle(t, i))))];
        double[] hidden = Linear(features, "t_embedder.mlp.0");
        double[] c = Linear([.. hidden.Select(Silu)], "t_embedder.mlp.2"), siluC = [.. c.Select(Silu)];

        double[][] h = Convolution([.. x.Chunk(config.Input.Channels)], "input", 1);
        _kept.Push(h);
        for (int level = 0; level < config.Levels; level++)
        {
            for (int i = 0; i < config.Blocks; i++) _kept.Push(h = Block(h, siluC, $"levels.{level}.down.{i}"));
            if (level < config.Levels - 1) _kept.Push(h = Convolution(h, $"levels.{level}.shorten", 2));
        }

        for (int i = 0; i < 2; i++) h = Block(h, siluC, $"middle.{i}");
        for (int level = config.Levels - 1; level >= 0; level--)
        {
            if (level < config.Levels - 1) h = Convolution([.. h.SelectMany(frame => new[] { frame, frame })], $"levels.{level}.lengthen", 1);
            for (int i = 0; i <= config.Blocks; i++)
            {
                h = Block([.. h.Zip(_kept.Pop(), (a, b) => (double[])[.. a, .. b])], siluC, $"levels.{level}.up.{i}");
            }
        }

        Assert.Empty(_kept);
        double[][] y = Convolution(Norm(h, weight("output_norm.shift"), weight("output_norm.scale")), "output", 1);
        return [.. y.SelectMany(frame => frame)];
    }

    private static double Angle(double t, int i) => t * Math.Exp(-Math.Log(10000) * (i % 128) / 128);

    private static double Silu(double v) => v / (1 + Math.Exp(-v));

    private double[][] Block(double[][] x, double[] siluC, string name)
    {
        double[] modulation = Linear(siluC, name + ".modulation");
        int width = modulation.Length / 2;
        double[][] h = Convolution(Norm(x, weight(name + ".norm1.shift"), weight(name + ".norm1.scale")), name + ".conv1", 1);
        h = Convolution(Norm(h, modulation[..width], modulation[width..]), name + ".conv2", 1);
        double[][] skip = x[0].Length == width ? x : [.. x.Select(frame => Linear(frame, name + ".skip"))];
        return [.. skip.Zip(h, (a, b) => (double[])[.. a.Zip(b, (u, v) => u + v)])];
    }

    private double[][] Norm(double[][] x, double[] shift, double[] scale)
    {
        int width = x[0].Length, size = width / config.Groups;
        double[][] y = [.. x.Select(frame => new double[width])];
        for (int c = 0; c < width; c++)
        {
            int first = c / size * size;
            double[] group = [.. x.SelectMany(frame => frame[first..(first + size)])];
            double mean = group.Average(), variance = group.Average(v => (v - mean) * (v - mean));
            for (int t = 0; t < x.Length; t++) y[t][c] = Silu(((x[t][c] - mean) / Math.Sqrt(variance + 1e-5) * (1 + scale[c])) + shift[c]);
        }

        return y;
    }

    private double[][] Convolution(double[][] x, string name, int stride)
    {
        double[] w = weight(name + ".weight"), b = weight(name + ".bias");
        int size = config.KernelSize, half = size / 2, inputs = x[0].Length;
        double[][] y = new double[((x.Length - 1) / stride) + 1][];
        for (int t = 0; t < y.Length; t++)
        {
            y[t] = (double[])b.Clone();
            for (int o = 0; o < b.Length; o++)
            {
                for (int j = 0; j < size; j++)
                {
                    int frame = (t * stride) + j - half;
                    for (int c = 0; c < inputs && frame >= 0 && frame < x.Length; c++) y[t][o] += x[frame][c] * w[(((o * size) + j) * inputs) + c];
                }
            }
        }

        return y;
    }

    private double[] Linear(double[] x, string name)
    {
        double[] w = weight(name + ".weight"), y = (double[])weight(name + ".bias").Clone();
        for (int i = 0; i < w.Length; i++) y[i / x.Length] += x[i % x.Length] * w[i];
        return y;
    }
}
