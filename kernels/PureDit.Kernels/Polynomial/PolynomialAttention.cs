// Attention in time linear in the number of tokens: e^x in the weights is replaced by a polynomial P, and a polynomial of
// scalar products is a scalar product of monomials:  P(q·k) = Σ_i coef_i·m_i(q)·m_i(k).  So, with s = 1/√d,
//   q' = √s(q − q̄),  k' = √s(k − k̄),  w_j = e^{s·q̄·k_j}          exact recentring: softmax does not see the difference
//   Z_i = coef_i·Σ_j w_j·m_i(k'_j)·[v_j, 1]                        one pass over the keys
//   [n, D] = Σ_i m_i(q')·Z_i,   o = n/D                            one pass over the queries
// An entry of the weights errs by ε relatively, an output by ε/(1 − ε)/2 of the values' range: AttentionPlan.cs decides.
// Backward by antiderivative features (G′ = P, Alman & Song 2024, arXiv 2402.04497, without its factors of rank r·d):
// with r_i = dO_i·o_i, A(x) = Σ_i b_i m_i(x) for moments b with the coefficients of G, and ∇ the gradient of that,
//   dq'_i = ∇(Z·[dO_i, −r_i]/D_i)(q'_i),   dk'_j = w_j·∇(Y·[v_j, 1])(k'_j),   Y = Σ_i m(q'_i)·[dO_i, −r_i]/D_i
//   dv_j = w_j Σ_i m_i(k'_j)·Y_i,   dq = √s·dq',   dk = √s·dk' + s·q̄·Σ_i p_ij,   p_ij = f_ij(dO_i·v_j − r_i)
// which is the exact formula (Attention.Backward.cs) with f = P/D for its probabilities. The surrogate's own gradient
// differentiates P instead, and the two means with it. Nothing of length tokens × features is stored anywhere.
// Sequences of 8192 tokens or more are worked on in 2 to 16 parts whose sums are added in order, whoever computes them: bits depend
// neither on threads nor on vector width. No mask: a causal one needs prefix sums of Z, another algorithm.
// Files: PolynomialAttention.Steps.cs, .Keys.cs, .Queries.cs, .Memory.cs. Reference: Reference/PolynomialAttention.cs.

namespace PureDit.Kernels;

/// <summary>Attention by polynomial features, forward and backward, as a plan has decided; exact where it says so.</summary>
public static unsafe partial class PolynomialAttention
{
    // [doc:linear-attention-use]
    /// <summary>Writes the attention of every query to all keys.</summary>
    /// <param name="cpu">Where to run; heads, or parts of long sequences, are shared out among threads.</param>
    /// <param name="plan">The decision, from <see cref="AttentionPlan.Measure"/> or <see cref="AttentionPlan.ForRadius"/>.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">Receives the output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">Receives ln Σ_j e^{s_ij} of each query, [batch, heads, tokens], as near as the weights are; or empty.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or scores spread further than the plan's radius.</exception>
    public static void Forward(Cpu cpu, AttentionPlan plan, ReadOnlySpan<float> qkv, Span<float> o, Span<float> logSumExp)
    {
        AttentionShape shape = plan.Shape;
        if (!plan.IsPolynomial)
        {
            Attention.Forward(cpu, shape, qkv, o, logSumExp);
            return;
        }

        Guard.Length(qkv, shape.QkvLength);
        Guard.Length<float>(o, shape.OutputLength, nameof(o));
        if (!logSumExp.IsEmpty) Guard.Length<float>(logSumExp, shape.StatisticsLength, nameof(logSumExp));
        fixed (float* pQkv = qkv, pO = o, pStatistics = logSumExp)
        {
            new HeadsKernel(plan, Pass.Forward) { Qkv = pQkv, O = pO, LogSumExp = pStatistics }.Run(cpu);
        }
    }
    // [/doc:linear-attention-use]

    /// <summary>dQkv += the gradient with respect to q, k and v.</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="plan">The plan of the forward pass.</param>
    /// <param name="qkv">The forward pass's input, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="o">The forward pass's output, [batch, tokens, heads, headSize].</param>
    /// <param name="logSumExp">The forward pass's statistics, [batch, heads, tokens]; read by exact attention only.</param>
    /// <param name="dO">Gradient with respect to o, [batch, tokens, heads, headSize].</param>
    /// <param name="dQkv">Gradient with respect to qkv, [batch, tokens, 3, heads, headSize]; added to.</param>
    /// <exception cref="ArgumentException">A span is shorter than its shape, or scores spread further than the plan's radius.</exception>
    /// <exception cref="InvalidOperationException">The plan was asked for without a gradient.</exception>
    public static void Backward(
        Cpu cpu, AttentionPlan plan, ReadOnlySpan<float> qkv, ReadOnlySpan<float> o, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dO, Span<float> dQkv)
    {
        AttentionShape shape = plan.Shape;
        if (plan.Request.Gradient == AttentionGradient.None)
        {
            throw new InvalidOperationException("plan: was asked for without a backward pass; request a gradient, AttentionGradient.Antiderivative for one.");
        }

        if (!plan.IsPolynomial)
        {
            Attention.Backward(cpu, shape, qkv, o, logSumExp, dO, dQkv);
            return;
        }

        Guard.Length(qkv, shape.QkvLength);
        Guard.Length(o, shape.OutputLength);
        Guard.Length(dO, shape.OutputLength);
        Guard.Length<float>(dQkv, shape.QkvLength, nameof(dQkv));
        fixed (float* pQkv = qkv, pO = o, pdO = dO, pdQkv = dQkv)
        {
            new HeadsKernel(plan, Pass.Backward) { Qkv = pQkv, O = pO, DO = pdO, DQkv = pdQkv }.Run(cpu);
        }
    }

    /// <summary>R: a bound of all scores that are left after the recentring, over all sequences and heads, in O(L·d).</summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="keepMeans">Whether to leave the means where they are.</param>
    /// <returns>R = max|q'|·max|k'|; NaN or infinite if a query or key is.</returns>
    /// <exception cref="ArgumentException">A span is shorter than its shape.</exception>
    public static double Radius(Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, bool keepMeans = false)
    {
        Guard.Positive(shape.HeadSize, "shape.HeadSize");
        Guard.NotNegative(shape.Batch, "shape.Batch");
        Guard.NotNegative(shape.Heads, "shape.Heads");
        Guard.NotNegative(shape.Tokens, "shape.Tokens");
        Guard.Length(qkv, shape.QkvLength);
        if (shape.OutputLength == 0) return 0;
        fixed (float* pQkv = qkv)
        {
            return new HeadsKernel(shape, keepMeans) { Qkv = pQkv }.LargestRadius(cpu);
        }
    }
}
