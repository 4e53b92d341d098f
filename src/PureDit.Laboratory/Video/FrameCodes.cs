// The library's linear autoencoder (principal components) with codes in one unit, the deviation of the first: codes that
// a network learns should be about 1, and distances between them those of the frames.

using PureDit.Latent;

namespace PureDit.Laboratory;

/// <summary>Codes of frames, fitted to some of them.</summary>
internal sealed class FrameCodes
{
    private readonly LinearAutoencoder _components;
    private readonly float _unit;

    /// <summary>Fits the codes.</summary>
    /// <param name="frames">[n, size].</param>
    /// <param name="size">Values of a frame.</param>
    /// <param name="codes">d, the values of a code.</param>
    public FrameCodes(ReadOnlySpan<float> frames, int size, int codes)
    {
        _components = LinearAutoencoder.Principal(frames, size, codes);
        int count = frames.Length / size;
        float[] found = new float[count * codes];
        _components.Encode(frames, found);
        double all = 0, first = 0, held = 0;
        for (int i = 0; i < frames.Length; i++) all += Square(frames[i] - _components.Mean[i % size]);
        for (int i = 0; i < found.Length; i++)
        {
            held += Square(found[i]);
            if (i % codes == 0) first += Square(found[i]);
        }

        (Explained, _unit) = (held / all, (float)Math.Sqrt(first / (count - 1)));
    }

    /// <summary>Share of the variance that the codes hold.</summary>
    public double Explained { get; }

    /// <summary>[n, size] → [n, d].</summary>
    public float[] Encode(ReadOnlySpan<float> frames)
    {
        float[] codes = new float[frames.Length / _components.DataSize * _components.CodeSize];
        _components.Encode(frames, codes);
        foreach (ref float code in codes.AsSpan()) code /= _unit;
        return codes;
    }

    /// <summary>[n, d] → [n, size].</summary>
    public float[] Decode(ReadOnlySpan<float> codes)
    {
        float[] scaled = new float[codes.Length], frames = new float[codes.Length / _components.CodeSize * _components.DataSize];
        for (int i = 0; i < scaled.Length; i++) scaled[i] = codes[i] * _unit;
        _components.Decode(scaled, frames);
        return frames;
    }

    private static double Square(double value) => value * value;
}
