// A transformer whose weights are written down, not trained, and whose output is the score of a Gaussian process: each
// step s⁺ = s − η(α² Γ̄ s Σ + σ² s + c) + β(s − s⁻) becomes
//
//   attention    h ← Σ_j Γ̄_ij Σ s_j      heads build Γ̄ from position embeddings, their value matrices hold Σ
//   products     h ← α² h + σ² s          by gates (level 1) or by ReLU modules (level 2)
//   products     s ← s − η(h + c) + β(s − s⁻),  s⁻ ← s,  h ← 0
//
// The weights do not depend on the time t; α², σ², η, β are inputs, as f_in's features of t. In the first step s = 0, so
// it is the second row of products alone. The proof's order differs: it multiplies before it attends. The encoder
// writes c = x_t − αμ, the decoder reads s and clips its norm at R. After Fu et al. 2024, arXiv 2407.16134; construction derived.

using PureDit.Diffusion;

namespace PureDit.GaussianProcess.Unrolled;

/// <summary>A transformer that computes the score of a Gaussian process by an unrolled iteration.</summary>
public sealed class UnrolledTransformer
{
    private const double ToeplitzTolerance = 1e-12; // rounding of a kernel at equal lags

    /// <summary>Writes the weights.</summary>
    /// <param name="process">The process, truncated or not; Γ must depend on the lag only.</param>
    /// <param name="options">What to build.</param>
    /// <exception cref="ArgumentException">
    /// Γ depends on more than the lag, or the objective has no minimiser at the earliest level (the message says why).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public UnrolledTransformer(TruncatedProcess process, UnrolledOptions options)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(options);
        Expect.Positive(options.Steps, nameof(options.Steps));
        if (process.Problem(options.Earliest) is string problem) throw new ArgumentException($"process: {problem}", nameof(process));
        GaussianSequence whole = process.Process;
        (Process, Options) = (process, options);
        Positions = options.Positions ?? new CirclePositions(whole.Frames);
        if (Positions.Frames != whole.Frames)
        {
            throw new ArgumentException($"options: expected positions of {whole.Frames} frames, got {Positions.Frames}.", nameof(options));
        }

        Layout = new TokenLayout(whole.Channels, options.Method, options.Steps, options.Products);
        Bounds = new UnrolledBounds(process, options);
        IReadOnlyList<ReluTerm> kernel = ReluExpansion.Of(options.Heads, Positions, Lags(process));
        Network = new ReluTransformer(Layout.Width, Blocks(kernel));
    }

    /// <summary>The process.</summary>
    public TruncatedProcess Process { get; }

    /// <summary>What was asked for.</summary>
    public UnrolledOptions Options { get; }

    /// <summary>The position embeddings.</summary>
    public CirclePositions Positions { get; }

    /// <summary>The slots of a token.</summary>
    public TokenLayout Layout { get; }

    /// <summary>Bounds on what the slots hold, and on what ReLU products cost.</summary>
    public UnrolledBounds Bounds { get; }

    /// <summary>The blocks; runs on encoded tokens.</summary>
    public ReluTransformer Network { get; }

    /// <summary>The score s(x_t, t): encode, run the blocks, decode.</summary>
    /// <param name="level">The noise level t, not before the earliest.</param>
    /// <param name="x">A noisy sample x_t, [N, d].</param>
    /// <returns>[N, d].</returns>
    /// <exception cref="ArgumentException">
    /// The level is too early, the length does not fit, or x_t lies where ReLU products are not right.
    /// </exception>
    public double[] Score(NoiseLevel level, ReadOnlySpan<double> x)
    {
        double[] tokens = Encode(level, x);
        Network.Forward(tokens);
        return Decode(tokens);
    }

    // [doc:unrolled-encode]
    /// <summary>f_in: writes sample, position and features of the time into tokens.</summary>
    /// <inheritdoc cref="Score"/>
    /// <returns>[N, D].</returns>
    public double[] Encode(NoiseLevel level, ReadOnlySpan<double> x)
    {
        if (level.Time < Options.Earliest.Time)
        {
            throw new ArgumentException($"level: expected a time of {Options.Earliest.Time:G6} or later, got {level.Time:G6}.", nameof(level));
        }

        ScoreObjective objective = new(Process, level);
        double[] c = new double[x.Length];
        objective.Centre(x, c);
        double norm = Math.Sqrt(Dense.SquaredNorm(c));
        if (Options.Products.RelativeError > 0 && norm > Bounds.DataRadius)
        {
            throw new ArgumentException(
                $"x: expected a norm of x_t − αμ up to {Bounds.DataRadius:G4}, where the products are right, got {norm:G4}.", nameof(x));
        }

        UnrolledSchedule schedule = UnrolledSchedule.For(Options.Method, objective, Options.Steps);
        double[] tokens = new double[Positions.Frames * Layout.Width];
        for (int i = 0; i < Positions.Frames; i++)
        {
            Span<double> token = tokens.AsSpan(i * Layout.Width, Layout.Width);
            c.AsSpan(i * Layout.Channels, Layout.Channels).CopyTo(token[Layout.Sample..]);
            (token[Layout.Position], token[Layout.Position + 1]) = Positions.At(i);
            token[Layout.One] = 1;
            (token[Layout.AlphaBar], token[Layout.Variance]) = (level.AlphaBar, level.Variance);
            for (int k = 0; k < Layout.Coefficients; k++)
            {
                token[Layout.Rates + k] = schedule.Steps[k].Rate;
                if (Layout.HasMomentum) token[Layout.Momenta + k] = schedule.Steps[k].Momentum;
            }
        }

        return tokens;
    }
    // [/doc:unrolled-encode]

    /// <summary>f_out: reads the score and clips its norm at <see cref="UnrolledBounds.OutputRange"/>.</summary>
    /// <param name="tokens">[N, D].</param>
    /// <returns>[N, d].</returns>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public double[] Decode(ReadOnlySpan<double> tokens)
    {
        Expect.Shape(tokens.Length, Positions.Frames, Layout.Width, nameof(tokens));
        double[] score = new double[Positions.Frames * Layout.Channels];
        for (int i = 0; i < Positions.Frames; i++)
        {
            tokens.Slice((i * Layout.Width) + Layout.Score, Layout.Channels).CopyTo(score.AsSpan(i * Layout.Channels));
        }

        double excess = Math.Sqrt(Dense.SquaredNorm(score)) / Bounds.OutputRange;
        if (excess > 1)
        {
            foreach (ref double value in score.AsSpan()) value /= excess;
        }

        return score;
    }

    private List<TransformerBlock> Blocks(IReadOnlyList<ReluTerm> kernel)
    {
        ReluAttention attend = new(Layout.Width, [.. kernel.Select(Head)]), rest = new(Layout.Width);
        TransformerBlock[] gradient = [.. Layers(Gradient()).Select((layer, i) => new TransformerBlock(i == 0 ? attend : rest, layer))];
        TransformerBlock[][] step =
            [.. Enumerable.Range(0, Layout.Coefficients).Select(k => Layers(Step(k)).Select(layer => new TransformerBlock(rest, layer)).ToArray())];
        List<TransformerBlock> blocks = [];
        for (int k = 0; k < Options.Steps; k++)
        {
            if (k > 0) blocks.AddRange(gradient); // in the first step s = 0
            blocks.AddRange(step[k % Layout.Coefficients]);
        }

        return blocks;

        IReadOnlyList<ITokenLayer> Layers(TokenUpdate update) => Options.Products.Build(Layout.Width, update, Layout.Scratch);
    }

    // [doc:relu-head]
    // ReLU(p⟨e_j, e_i⟩ + b): queries (p e_i, b), keys (e_j, 1), values a·Σ from s into h.
    private ReluHead Head(ReluTerm term)
    {
        int d = Layout.Channels, e = Layout.Position, width = Layout.Width;
        ReadOnlySpan<double> sigma = Process.Process.Spatial;
        List<Weight> value = [];
        for (int i = 0; i < d * d; i++) value.Add(new(Layout.Sum + (i / d), Layout.Score + (i % d), term.Coefficient * sigma[i]));
        return new ReluHead(
            new WeightMatrix(3, width, new(0, e, term.Slope), new(1, e + 1, term.Slope), new(2, Layout.One, term.Offset)),
            new WeightMatrix(3, width, new(0, e, 1), new(1, e + 1, 1), new(2, Layout.One, 1)),
            new WeightMatrix(width, width, value));
    }
    // [/doc:relu-head]

    // h ← α² h + σ² s
    private TokenUpdate Gradient()
    {
        List<SlotProduct> products = [];
        List<Weight> sums = [];
        for (int a = 0; a < Layout.Channels; a++)
        {
            int h = Layout.Sum + a, s = Layout.Score + a;
            products.Add(new(h, 1, Layout.AlphaBar, 1, [new(h, 1)], Bounds.Attended));
            products.Add(new(h, 1, Layout.Variance, 1, [new(s, 1)], Bounds.Score));
            sums.Add(new(h, h, -1));
        }

        return new(products, sums);
    }

    // s ← s − η(h + c) + β(s − s⁻),  s⁻ ← s,  h ← 0
    private TokenUpdate Step(int k)
    {
        List<SlotProduct> products = [];
        List<Weight> sums = [];
        for (int a = 0; a < Layout.Channels; a++)
        {
            int c = Layout.Sample + a, h = Layout.Sum + a, s = Layout.Score + a, before = Layout.Previous + a;
            products.Add(new(s, -1, Layout.Rates + k, Bounds.Rate, [new(h, 1), new(c, 1)], Bounds.Gradient));
            sums.Add(new(h, h, -1));
            if (!Layout.HasMomentum) continue;
            products.Add(new(s, 1, Layout.Momenta + k, 1, [new(s, 1), new(before, -1)], 2 * Bounds.Score));
            sums.AddRange([new(before, s, 1), new(before, before, -1)]);
        }

        return new(products, sums);
    }

    // γ_m of a Γ̄ that depends on the lag only.
    private static double[] Lags(TruncatedProcess process)
    {
        int n = process.Process.Frames;
        for (int i = 0; i < n * n; i++)
        {
            int lag = Math.Abs((i / n) - (i % n));
            if (Math.Abs(process.Temporal[i] - process.Temporal[lag]) > ToeplitzTolerance)
            {
                throw new ArgumentException(
                    $"process: expected a Γ that depends on the lag only, got {process.Temporal[i]:R} at [{i / n}, {i % n}] "
                    + $"and {process.Temporal[lag]:R} at [0, {lag}].",
                    nameof(process));
            }
        }

        return process.Temporal[..n].ToArray();
    }
}
