// Where things are in a token of the unrolled transformer:
//
//   sample c | score s | [previous s] | sum h | scratch … | e_x e_y | 1 | α² σ² | η_0 η_1 … | [β_0 β_1 …]
//
// Sample, score and sum have d slots each. Methods with one step size for all steps have one η and one β.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>The slots of a token.</summary>
public sealed record TokenLayout
{
    internal TokenLayout(int channels, UnrolledMethod method, int steps, IProductModule products)
    {
        (Channels, Method) = (channels, method);
        int productsAtOnce = 2 * channels; // α²h and σ²s; then η(h + c) and β(s − s⁻)
        Coefficients = method == UnrolledMethod.Chebyshev ? Math.Max(1, steps) : 1;
        HasMomentum = method != UnrolledMethod.GradientDescent;
        Previous = 2 * channels;
        Sum = Previous + (HasMomentum ? channels : 0);
        Scratch = Sum + channels;
        Position = Scratch + (productsAtOnce * products.ScratchSlots);
        One = Position + 2;
        Rates = One + 3;
        Momenta = Rates + Coefficients;
        Width = Momenta + (HasMomentum ? Coefficients : 0);
    }

    /// <summary>d.</summary>
    public int Channels { get; }

    /// <summary>The method.</summary>
    public UnrolledMethod Method { get; }

    /// <summary>Pairs of η and β that a token carries.</summary>
    public int Coefficients { get; }

    /// <summary>Whether tokens remember the previous score.</summary>
    public bool HasMomentum { get; }

    /// <summary>First slot of c = x_t − αμ.</summary>
    public int Sample { get; } // slots begin with it

    /// <summary>First slot of s.</summary>
    public int Score => Channels;

    /// <summary>First slot of the score one step before; only with momentum.</summary>
    public int Previous { get; }

    /// <summary>First slot of h, which collects Γ̄ s Σ and then α² Γ̄ s Σ + σ² s.</summary>
    public int Sum { get; }

    /// <summary>First slot of the multiplication's scratch.</summary>
    public int Scratch { get; }

    /// <summary>First of the two slots of e_i.</summary>
    public int Position { get; }

    /// <summary>The slot that holds 1.</summary>
    public int One { get; }

    /// <summary>The slot of α².</summary>
    public int AlphaBar => One + 1;

    /// <summary>The slot of σ².</summary>
    public int Variance => One + 2;

    /// <summary>First slot of η.</summary>
    public int Rates { get; }

    /// <summary>First slot of β; only with momentum.</summary>
    public int Momenta { get; }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>Features of the diffusion time among the slots: α², σ², η and β.</summary>
    public int TimeFeatures => Width - One - 1;
}
