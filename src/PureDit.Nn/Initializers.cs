// Random values of fresh parameters, keyed by (seed, parameter): a parameter's values depend neither on the order in
// which parameters are filled nor on how many numbers the others took.
//   Xavier uniform   U(−a, a), a = √(6/(fan in + fan out))      Glorot & Bengio 2010, equation 16
//   normal           N(0, std²)

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Nn;

/// <summary>Fills fresh parameters.</summary>
internal readonly struct Initializers(ulong seed)
{
    private readonly Philox _random = new(seed, PhiloxStream.Initialisation);

    /// <summary>Fills a weight [Out, In..], seen as the matrix of a linear layer.</summary>
    public void XavierUniform(Parameter weight)
    {
        int fanOut = weight.Shape[0], fanIn = weight.Shape.Count / fanOut;
        double bound = Math.Sqrt(6.0 / (fanIn + fanOut));
        Span<float> values = weight.Data;
        _random.FillUniform(0, weight.Index, values);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(bound * ((2 * (double)values[i]) - 1));
    }

    /// <summary>Fills with independent normal numbers of mean 0.</summary>
    public void Normal(Parameter parameter, double standardDeviation)
    {
        Span<float> values = parameter.Data;
        _random.FillNormal(0, parameter.Index, values);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(standardDeviation * values[i]);
    }
}
