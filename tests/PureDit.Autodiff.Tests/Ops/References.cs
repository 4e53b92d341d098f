namespace PureDit.Autodiff.Tests;

/// <summary>The operations once more, naively in double; they share no code with the library.</summary>
internal static class References
{
    public static double[] Linear(double[] x, double[] w, double[] b, int rows, int inputs)
    {
        int outputs = b.Length;
        double[] y = new double[rows * outputs];
        for (int r = 0; r < rows; r++)
        {
            for (int o = 0; o < outputs; o++)
            {
                y[(r * outputs) + o] = b[o];
                for (int i = 0; i < inputs; i++) y[(r * outputs) + o] += x[(r * inputs) + i] * w[(o * inputs) + i];
            }
        }

        return y;
    }

    /// <summary>m is [n, k·d]; a negative chunk means none.</summary>
    public static double[] LayerNormModulate(double[] x, double[] m, int n, int t, int d, int shift, int scale)
    {
        double[] y = new double[x.Length];
        int k = n == 0 ? 0 : m.Length / n;
        for (int r = 0; r < n * t; r++)
        {
            double mean = 0, variance = 0;
            for (int j = 0; j < d; j++) mean += x[(r * d) + j] / d;
            for (int j = 0; j < d; j++) variance += (x[(r * d) + j] - mean) * (x[(r * d) + j] - mean) / d;
            for (int j = 0; j < d; j++)
            {
                double a = scale < 0 ? 0 : m[(r / t * k) + (scale * d) + j], b = shift < 0 ? 0 : m[(r / t * k) + (shift * d) + j];
                y[(r * d) + j] = ((x[(r * d) + j] - mean) / Math.Sqrt(variance + 1e-6) * (1 + a)) + b;
            }
        }

        return y;
    }

    public static double[] GatedAdd(double[] x, double[] m, double[] branch, int n, int t, int d, int gate)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int sample = i / (t * d), column = i % d;
            y[i] = x[i] + (m[(sample * (m.Length / n)) + (gate * d) + column] * branch[i]);
        }

        return y;
    }

    /// <summary>qkv is [n, t, 3, heads, size].</summary>
    public static double[] Attention(double[] qkv, int n, int t, int heads, int size)
    {
        double[] o = new double[n * t * heads * size];
        double At(int s, int token, int part, int h, int j) => qkv[(((((s * t) + token) * 3) + part) * heads * size) + (h * size) + j];
        for (int s = 0; s < n; s++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int a = 0; a < t; a++)
                {
                    double[] p = new double[t];
                    for (int b = 0; b < t; b++)
                    {
                        for (int j = 0; j < size; j++) p[b] += At(s, a, 0, h, j) * At(s, b, 1, h, j) / Math.Sqrt(size);
                    }

                    double max = p.Max(), sum = p.Sum(v => Math.Exp(v - max));
                    for (int b = 0; b < t; b++)
                    {
                        for (int j = 0; j < size; j++)
                        {
                            o[(((s * t) + a) * heads * size) + (h * size) + j] += Math.Exp(p[b] - max) / sum * At(s, b, 2, h, j);
                        }
                    }
                }
            }
        }

        return o;
    }

    public static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    /// <summary>Where pixel (c, y, x) of an image lies in its tokens.</summary>
    public static int TokenIndex(int c, int y, int x, int channels, int width, int patch, bool channelsFirst)
    {
        int token = (y / patch * (width / patch)) + (x / patch), p = y % patch, q = x % patch;
        int within = channelsFirst ? (((c * patch) + p) * patch) + q : (((p * patch) + q) * channels) + c;
        return (token * channels * patch * patch) + within;
    }
}
