// How a network multiplies. ReLU layers are piecewise linear, so a product comes from squares (Yarotsky 2017):
//
//   a·b = ((a + b)/2)² − ((a − b)/2)²,   a = x/B_x, b = y/B_y in [−1, 1],
//   u² ≈ q(u), the interpolation of u² at the knots 0, 1/n, …, 1:   0 ≤ q(u) − u² ≤ 1/(4n²),
//
// hence |module − x·y| ≤ B_x B_y/(4n²). Two ways to the same function q: wide, n units in one layer, and deep, where
// each layer composes the sawtooth g(u) = 2R(u) − 4R(u − ½) + 2R(u − 1) once more and doubles the knots:
// q_m(u) = u − Σ_{k≤m} g∘…∘g(u)/4^k, n = 2^m. Outside [−1, 1] both are wrong and finite.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>A way to multiply slots of a token.</summary>
public interface IProductModule
{
    /// <summary>What it is, in two words.</summary>
    string Name { get; }

    /// <summary>Largest error of x·y relative to B_x·B_y; 0 for exact products.</summary>
    double RelativeError { get; }

    /// <summary>Slots of scratch that one product needs; they are zero before and after.</summary>
    int ScratchSlots { get; }

    /// <summary>Number of layers that <see cref="Build"/> makes.</summary>
    int Layers { get; }

    /// <summary>Writes the layers that carry out an update.</summary>
    /// <param name="width">D.</param>
    /// <param name="update">Products and sums.</param>
    /// <param name="scratch">The first slot of the scratch, <see cref="ScratchSlots"/> per product.</param>
    IReadOnlyList<ITokenLayer> Build(int width, TokenUpdate update, int scratch);
}

/// <summary>Exact products, as the gates of adaLN compute them.</summary>
public sealed class GatedProducts : IProductModule
{
    /// <inheritdoc/>
    public string Name => "gates";

    /// <inheritdoc/>
    public double RelativeError => 0;

    /// <inheritdoc/>
    public int ScratchSlots => 0;

    /// <inheritdoc/>
    public int Layers => 1;

    /// <inheritdoc/>
    public IReadOnlyList<ITokenLayer> Build(int width, TokenUpdate update, int scratch) => [new GatedLayer(width, update)];
}

/// <summary>The deep module: m compositions of the sawtooth, one layer each, after a layer that forms the squares' arguments.</summary>
/// <param name="depth">m, 1 … 25; beyond that the double is the limit.</param>
public sealed class SawtoothProducts(int depth) : IProductModule
{
    /// <summary>m.</summary>
    public int Depth { get; } = depth is >= 1 and <= 25 ? depth : throw Expect.OutOfRange(nameof(depth), depth, "a depth in 1 … 25");

    /// <inheritdoc/>
    public string Name => $"sawtooth depth {Depth}";

    /// <inheritdoc/>
    public double RelativeError => Math.ScaleB(1, -2 * (Depth + 1));

    /// <inheritdoc/>
    public int ScratchSlots => 2;

    /// <inheritdoc/>
    public int Layers => Depth + 1;

    /// <inheritdoc/>
    public IReadOnlyList<ITokenLayer> Build(int width, TokenUpdate update, int scratch)
    {
        ArgumentNullException.ThrowIfNull(update);
        HiddenUnits[] layers = [.. Enumerable.Range(0, Layers).Select(_ => new HiddenUnits(width))];
        layers[0].AddSums(update.Sums);
        for (int p = 0; p < update.Products.Count; p++)
        {
            SlotProduct product = update.Products[p];
            double gain = product.Sign * product.ScalarBound * product.FactorBound;
            for (int side = 0; side < 2; side++)
            {
                int u = scratch + (2 * p) + side; // |a + b|/2, then |a − b|/2
                double sign = side == 0 ? 1 : -1;
                foreach (double half in new[] { 0.5, -0.5 }) // |z| = R(z) + R(−z)
                {
                    layers[0].Add(HiddenUnits.Normalised(product, half, sign * half), 0, (u, 1), (product.Target, sign * gain));
                }

                // [doc:sawtooth-layers]
                for (int k = 1; k <= Depth; k++)
                {
                    double share = -sign * gain * Math.ScaleB(1, -2 * k);
                    double keep = k == Depth ? 0 : 1; // the last layer leaves the scratch empty
                    layers[k].Add([new(u, 1)], 0, (u, (2 * keep) - 1), (product.Target, 2 * share));
                    layers[k].Add([new(u, 1)], -0.5, (u, -4 * keep), (product.Target, -4 * share));
                    layers[k].Add([new(u, 1)], -1, (u, 2 * keep), (product.Target, 2 * share));
                }
                // [/doc:sawtooth-layers]
            }
        }

        return [.. layers.Select(l => l.ToLayer())];
    }
}

/// <summary>The wide module: u² interpolated at n + 1 knots by one layer.</summary>
/// <param name="pieces">n, the pieces of the interpolation, 1 … 65536.</param>
public sealed class SplineProducts(int pieces) : IProductModule
{
    /// <summary>n.</summary>
    public int Pieces { get; } = pieces is >= 1 and <= 65536 ? pieces : throw Expect.OutOfRange(nameof(pieces), pieces, "1 … 65536 pieces");

    /// <inheritdoc/>
    public string Name => $"spline of {Pieces} pieces";

    /// <inheritdoc/>
    public double RelativeError => 0.25 / Pieces / Pieces;

    /// <inheritdoc/>
    public int ScratchSlots => 0;

    /// <inheritdoc/>
    public int Layers => 1;

    /// <inheritdoc/>
    public IReadOnlyList<ITokenLayer> Build(int width, TokenUpdate update, int scratch)
    {
        ArgumentNullException.ThrowIfNull(update);
        HiddenUnits layer = new(width);
        layer.AddSums(update.Sums);
        foreach (SlotProduct product in update.Products)
        {
            double gain = product.Sign * product.ScalarBound * product.FactorBound;
            foreach ((double sign, double half) in new[] { (1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5) })
            {
                for (int k = 0; k < Pieces; k++) // slopes 1/n, 3/n, 5/n, …; R(z − k/n) + R(−z − k/n) = R(|z| − k/n)
                {
                    double slope = (k == 0 ? 1.0 : 2.0) / Pieces;
                    layer.Add(HiddenUnits.Normalised(product, half, sign * half), -(double)k / Pieces, (product.Target, sign * gain * slope));
                }
            }
        }

        return [layer.ToLayer()];
    }
}
