// What happens to a token by itself. A pure transformer has feed-forward layers only,
//
//   y ← y + W₂ ReLU(W₁ y + b₁) + b₂;
//
// the gated layer multiplies two slots exactly, as adaLN does, and is the one thing that takes level 1 out of the class.

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>A map of one token, applied to all.</summary>
public interface ITokenLayer
{
    /// <summary>D, values of a token.</summary>
    int Width { get; }

    /// <summary>The weights, with which the layer's size is counted.</summary>
    IEnumerable<WeightMatrix> Weights { get; }

    /// <summary>Applies the map to a sequence in place.</summary>
    /// <param name="tokens">[N, D].</param>
    /// <exception cref="ArgumentException">The length is not a whole number of tokens.</exception>
    void Apply(Span<double> tokens);
}

/// <summary>A feed-forward layer with ReLU and a residual path.</summary>
public sealed class FeedForward : ITokenLayer
{
    /// <summary>Puts the weights together; biases are matrices of one column.</summary>
    /// <param name="first">W₁, [hidden, D].</param>
    /// <param name="firstBias">b₁, [hidden, 1].</param>
    /// <param name="second">W₂, [D, hidden].</param>
    /// <param name="secondBias">b₂, [D, 1]; null for zero.</param>
    /// <exception cref="ArgumentException">A matrix has another shape.</exception>
    public FeedForward(WeightMatrix first, WeightMatrix firstBias, WeightMatrix second, WeightMatrix? secondBias = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(firstBias);
        ArgumentNullException.ThrowIfNull(second);
        (First, FirstBias, Second) = (first, firstBias, second);
        SecondBias = secondBias ?? new WeightMatrix(first.Columns, 1);
        bool fits = second.Columns == first.Rows && second.Rows == first.Columns
            && (firstBias.Rows, firstBias.Columns) == (first.Rows, 1) && (SecondBias.Rows, SecondBias.Columns) == (first.Columns, 1);
        if (!fits)
        {
            throw new ArgumentException(
                $"second: expected [D, hidden] = [{first.Columns}, {first.Rows}] with biases of [{first.Rows}, 1] and [{first.Columns}, 1], "
                + $"got [{second.Rows}, {second.Columns}], [{firstBias.Rows}, {firstBias.Columns}] and [{SecondBias.Rows}, {SecondBias.Columns}].",
                nameof(second));
        }
    }

    /// <summary>W₁, [hidden, D].</summary>
    public WeightMatrix First { get; }

    /// <summary>b₁, [hidden, 1].</summary>
    public WeightMatrix FirstBias { get; }

    /// <summary>W₂, [D, hidden].</summary>
    public WeightMatrix Second { get; }

    /// <summary>b₂, [D, 1].</summary>
    public WeightMatrix SecondBias { get; }

    /// <inheritdoc/>
    public int Width => First.Columns;

    /// <inheritdoc/>
    public IEnumerable<WeightMatrix> Weights => [First, FirstBias, Second, SecondBias];

    // [doc:relu-feed-forward]
    /// <inheritdoc/>
    public void Apply(Span<double> tokens)
    {
        int n = Expect.Samples(tokens.Length, Width, nameof(tokens));
        double[] hidden = new double[First.Rows];
        ReadOnlySpan<double> one = [1];
        for (int i = 0; i < n; i++)
        {
            Span<double> token = tokens.Slice(i * Width, Width);
            hidden.AsSpan().Clear();
            First.AddProduct(token, hidden);
            FirstBias.AddProduct(one, hidden);
            foreach (ref double h in hidden.AsSpan()) h = Math.Max(0, h);
            Second.AddProduct(hidden, token);
            SecondBias.AddProduct(one, token);
        }
    }
    // [/doc:relu-feed-forward]
}

/// <summary>Exact products and sums of slots: y ← y + W y + Σ sign·y[scalar]·⟨factor, y⟩ e_target.</summary>
public sealed class GatedLayer : ITokenLayer
{
    private readonly SlotProduct[] _products;
    private readonly WeightMatrix _linear, _factors;

    /// <summary>Puts the update together.</summary>
    /// <param name="width">D.</param>
    /// <param name="update">The products and sums.</param>
    /// <exception cref="ArgumentException">A slot lies outside the token.</exception>
    public GatedLayer(int width, TokenUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        Width = width;
        _products = [.. update.Products];
        _linear = new(width, width, update.Sums);
        _factors = new(_products.Length, width, _products.SelectMany((p, row) => p.Factor.Select(f => new Weight(row, f.Slot, f.Weight))));
        foreach (SlotProduct p in _products)
        {
            if (p.Scalar < 0 || p.Scalar >= width || p.Target < 0 || p.Target >= width)
            {
                throw new ArgumentException($"update: expected slots in 0 … {width - 1}, got {p.Scalar} and {p.Target}.", nameof(update));
            }
        }
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <inheritdoc/>
    public IEnumerable<WeightMatrix> Weights => [_linear, _factors];

    /// <inheritdoc/>
    public void Apply(Span<double> tokens)
    {
        int n = Expect.Samples(tokens.Length, Width, nameof(tokens));
        double[] old = new double[Width], factors = new double[_products.Length];
        for (int i = 0; i < n; i++)
        {
            Span<double> token = tokens.Slice(i * Width, Width);
            token.CopyTo(old);
            factors.AsSpan().Clear();
            _factors.AddProduct(old, factors);
            _linear.AddProduct(old, token);
            for (int p = 0; p < _products.Length; p++)
            {
                token[_products[p].Target] += _products[p].Sign * old[_products[p].Scalar] * factors[p];
            }
        }
    }
}
