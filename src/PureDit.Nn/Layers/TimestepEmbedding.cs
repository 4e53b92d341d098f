// The diffusion time as a vector of width D:
//   features  φ(t) = [ cos(t·ω_0) .. cos(t·ω_127), sin(t·ω_0) .. sin(t·ω_127) ],  ω_i = 10000^{−i/128}
//   embedding mlp.2( silu( mlp.0( φ(t) ) ) )
// As published (Peebles & Xie 2023), cos before sin. The features are computed in double and rounded once; a network
// trained on times 0 .. 1000 resolves them, so that range is what callers should give.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Embeds diffusion times.</summary>
public sealed class TimestepEmbedding
{
    /// <summary>Number of features of a time.</summary>
    public const int Features = 256;

    private const int Half = Features / 2;
    private const double MaxPeriod = 10000;
    private static readonly double[] Frequencies = [.. Enumerable.Range(0, Half).Select(i => PortableMath.Pow(MaxPeriod, -(double)i / Half))];
    private readonly LinearLayer _first, _second;

    internal TimestepEmbedding(ParameterStore store, string name, int width)
    {
        _first = new LinearLayer(store, name + ".mlp.0", Features, width);
        _second = new LinearLayer(store, name + ".mlp.2", width, width);
    }

    // [doc:timestep-embedding]
    /// <summary>Writes the features of every time.</summary>
    /// <param name="t">N times.</param>
    /// <param name="features">[N, 256], overwritten.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static void FillFeatures(ReadOnlySpan<float> t, Span<float> features)
    {
        if (features.Length < (long)t.Length * Features)
        {
            throw new ArgumentException($"features: expected {(long)t.Length * Features} values, got {features.Length}.", nameof(features));
        }

        for (int n = 0; n < t.Length; n++)
        {
            Span<float> row = features.Slice(n * Features, Features);
            if (n > 0 && t[n].Equals(t[n - 1])) // while sampling, all are the same
            {
                features.Slice((n - 1) * Features, Features).CopyTo(row);
                continue;
            }

            for (int i = 0; i < Half; i++)
            {
                (double sin, double cos) = PortableMath.SinCos(t[n] * Frequencies[i]);
                (row[i], row[Half + i]) = ((float)cos, (float)sin);
            }
        }
    }
    // [/doc:timestep-embedding]

    /// <summary>t [N] → [N, D].</summary>
    internal Variable Forward(Tape tape, ReadOnlySpan<float> t)
    {
        Variable features = tape.Input(new Shape(t.Length, Features));
        FillFeatures(t, features.Data);
        return _second.Forward(tape, tape.Silu(_first.Forward(tape, features)));
    }

    internal void Initialize(Initializers random)
    {
        _first.InitializeNormal(random, 0.02);
        _second.InitializeNormal(random, 0.02);
    }
}
