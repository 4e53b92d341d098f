// Videos of a ball: a disc with a soft edge, of brightness 1/(1 + e^((r − R)/w)) at distance r from its centre, on 16 × 16
// pixels. The centre of a frame is found again as the centroid of what is brighter than a quarter: the faint light that a
// decoder leaves everywhere would draw it to the middle. Row-major; x runs along a row.

using PureDit.Kernels;

namespace PureDit.Laboratory;

/// <summary>Renders balls and finds them again.</summary>
internal static class BallVideo
{
    /// <summary>Height and width of a frame in pixels, and the number of its pixels.</summary>
    public const int Side = 16, Pixels = Side * Side;

    /// <summary>The middle of a frame.</summary>
    public const double Middle = (Side - 1) / 2.0;

    private const double Radius = 3, Edge = 1.2, Dark = 0.25; // R and w, pixels; what counts as no light

    /// <summary>Draws a frame for each centre.</summary>
    /// <param name="centres">(x, y) of each frame in pixels, [n, 2].</param>
    /// <returns>[n, 256].</returns>
    public static float[] Render(ReadOnlySpan<float> centres)
    {
        float[] frames = new float[centres.Length / 2 * Pixels];
        for (int i = 0; i < frames.Length; i++)
        {
            int frame = i / Pixels;
            double dx = (i % Side) - centres[2 * frame], dy = (i % Pixels / Side) - centres[(2 * frame) + 1];
            frames[i] = (float)(1 / (1 + PortableMath.Exp((Math.Sqrt((dx * dx) + (dy * dy)) - Radius) / Edge)));
        }

        return frames;
    }

    /// <summary>The centroid of each frame; the middle for one without light.</summary>
    /// <param name="frames">[n, 256].</param>
    /// <returns>[n, 2].</returns>
    public static float[] Locate(ReadOnlySpan<float> frames)
    {
        float[] centres = new float[frames.Length / Pixels * 2];
        for (int frame = 0; frame < centres.Length / 2; frame++)
        {
            double mass = 0, x = 0, y = 0;
            for (int i = 0; i < Pixels; i++)
            {
                double light = Math.Max(0, frames[(frame * Pixels) + i] - Dark);
                mass += light;
                x += light * (i % Side);
                y += light * (i / Side);
            }

            centres[2 * frame] = (float)(mass > 0 ? x / mass : Middle);
            centres[(2 * frame) + 1] = (float)(mass > 0 ? y / mass : Middle);
        }

        return centres;
    }

    /// <summary>The same videos with the frames of each in random order.</summary>
    /// <param name="values">[n, frames, size].</param>
    /// <param name="frames">Frames of a video.</param>
    /// <param name="size">Values of a frame.</param>
    /// <param name="seed">Determines the orders.</param>
    public static float[] Shuffled(ReadOnlySpan<float> values, int frames, int size, int seed)
    {
        Philox random = new((ulong)seed, PhiloxStream.Shuffle);
        float[] shuffled = values.ToArray();
        float[] swapped = new float[size];
        for (int n = 0; n < values.Length / (frames * size); n++)
        {
            Span<float> video = shuffled.AsSpan(n * frames * size, frames * size);
            for (int i = frames - 1; i > 0; i--)
            {
                Span<float> a = video.Slice(i * size, size), b = video.Slice(random.Index(i, n, i + 1) * size, size);
                a.CopyTo(swapped);
                b.CopyTo(a);
                swapped.CopyTo(b);
            }
        }

        return shuffled;
    }
}
