namespace PureDit.GaussianProcess.Unrolled;

/// <summary>Writes a feed-forward layer unit by unit.</summary>
internal sealed class HiddenUnits(int width)
{
    private readonly List<Weight> _first = [], _bias = [], _second = [];
    private int _count;

    /// <summary>A unit h = ReLU(⟨input, y⟩ + bias) that adds weight·h to each of its outputs.</summary>
    public void Add(IEnumerable<SlotTerm> input, double bias, params ReadOnlySpan<(int Slot, double Weight)> outputs)
    {
        foreach (SlotTerm term in input) _first.Add(new(_count, term.Slot, term.Weight));
        _bias.Add(new(_count, 0, bias));
        foreach ((int slot, double weight) in outputs) _second.Add(new(slot, _count, weight));
        _count++;
    }

    /// <summary>y += W y: a value is the difference of two units, R(v) − R(−v).</summary>
    public void AddSums(IReadOnlyList<Weight> sums)
    {
        foreach (IGrouping<int, Weight> row in sums.GroupBy(w => w.Row))
        {
            foreach (double sign in new[] { 1.0, -1.0 }) Add(row.Select(w => new SlotTerm(w.Column, sign * w.Value)), 0, (row.Key, sign));
        }
    }

    /// <summary>ofScalar·a + ofFactor·b for a product's factors divided by their bounds.</summary>
    public static IEnumerable<SlotTerm> Normalised(SlotProduct product, double ofScalar, double ofFactor) =>
    [
        new(product.Scalar, ofScalar / product.ScalarBound),
        .. product.Factor.Select(f => new SlotTerm(f.Slot, f.Weight * ofFactor / product.FactorBound)),
    ];

    public FeedForward ToLayer() => new(new(_count, width, _first), new(_count, 1, _bias), new(width, _count, _second));
}
