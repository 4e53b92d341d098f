// Which attention to take, and what it is certain to deliver.
//
//   R = max|q_i − q̄|·max|k_j − k̄|/√d bounds every score that is left after the exact recentring, in O(L·d)
//   error = the polynomial's certified relative error on [−R, R] + 8·u·(Σ|a_k|R^k / min P) for rounding, u = 2⁻²⁴ or 2⁻⁵³;
//           the second factor is about e^{2R}: a floor that no degree lowers, and why doubles take over
//   degree g: the smallest whose error is at most what was asked
//   cost, in fiftieths of a nanosecond of one core with AVX-512, as measured: exact attention 2D + 4 per pair of tokens, backward
//           7D + 2, D the head size rounded up to 16; polynomial 3.6rd + 1230 per token, backward r'(11.3d − 4) + 2300,
//           r = C(d+g, g) and r' the features of the backward pass; five times as much in double. All visible to the caller.
// If no degree keeps the error, or exact attention is predicted to be faster, it is the exact kernel that runs; where
// only the polynomial was allowed, an exception says why it cannot be, and what would work.

using System.Globalization;

namespace PureDit.Kernels;

/// <summary>Why a plan took what it took.</summary>
public enum PlanReason
{
    /// <summary>The request left no choice.</summary>
    Asked,

    /// <summary>The polynomial keeps the error and is predicted to be faster.</summary>
    PolynomialIsFaster,

    /// <summary>The polynomial would keep the error, but exact attention is predicted to be faster.</summary>
    ExactIsFaster,

    /// <summary>Scores spread further than any polynomial reaches.</summary>
    RadiusOutOfReach,

    /// <summary>The degree that keeps the error has too many features at this head size.</summary>
    TooManyFeatures,

    /// <summary>Rounding alone exceeds the error.</summary>
    ErrorOutOfReach,

    /// <summary>The degree that was asked for does not keep the error.</summary>
    DegreeTooLow,
}

/// <summary>The decision between exact and polynomial attention for one shape and radius, and all that led to it.</summary>
public readonly record struct AttentionPlan
{
    private const double RoundingFactor = 8, SingleUnit = 1.0 / (1 << 24), DoubleUnit = 1.0 / (1L << 53);
    private const double LargestSingleRadius = 4.01;
    private const double DoubleCost = 5;

    /// <summary>Sizes.</summary>
    public AttentionShape Shape { get; private init; }

    /// <summary>What was asked.</summary>
    public AttentionRequest Request { get; private init; }

    /// <summary>Whether the polynomial runs; the exact kernel otherwise.</summary>
    public bool IsPolynomial { get; private init; }

    /// <summary>Why.</summary>
    public PlanReason Reason { get; private init; }

    /// <summary>R as measured, the largest of all sequences and heads, or as promised.</summary>
    public double Radius { get; private init; }

    /// <summary>Float or double features.</summary>
    public FeaturePrecision Precision { get; private init; }

    /// <summary>R that the polynomial is fitted for, a little larger than measured; 0 where none was found.</summary>
    public double FittedRadius => Tables?.Polynomial.Radius ?? 0;

    /// <summary>Degree g of the polynomial; −1 where none was found.</summary>
    public int Degree => Tables?.Polynomial.Degree ?? -1;

    /// <summary>r = C(d+g, g), features of the forward pass.</summary>
    public int Features => Tables?.Count ?? 0;

    /// <summary>Features of the backward pass: of degree g + 1 for the antiderivative.</summary>
    public int BackwardFeatures => Tables?.BackwardCount ?? 0;

    /// <summary>The polynomial; null where none was found.</summary>
    public ExpPolynomial? Polynomial => Tables?.Polynomial;

    /// <summary>Bound of the relative error of a weight, from the polynomial.</summary>
    public double ApproximationError => Tables?.Polynomial.RelativeError ?? 0;

    /// <summary>The same from rounding.</summary>
    public double RoundingError => Tables is null ? 0 : RoundingOf(Tables.Polynomial, Precision);

    /// <summary>ε: what a weight may err relatively, rounding included. 0 for exact attention.</summary>
    public double CertifiedError => IsPolynomial ? ApproximationError + RoundingError : 0;

    /// <summary>(η/2): what an output may err, in units of the range of the values of its column; η = ε/(1 − ε).</summary>
    public double OutputError => CertifiedError < 1 ? CertifiedError / (1 - CertifiedError) / 2 : double.PositiveInfinity;

    /// <summary>Predicted time of exact over polynomial attention, forward, and backward if one was asked for.</summary>
    public double PredictedSpeedup => Tables is null ? 0 : Shape.Tokens / Crossover;

    /// <summary>L*: the length from which the polynomial is predicted to be faster.</summary>
    public double Crossover => Tables is null
        ? double.PositiveInfinity
        : (Precision == FeaturePrecision.Double ? DoubleCost : 1) * PolynomialCost(Tables, Shape.HeadSize) / ExactCost(Shape.HeadSize, Request.Gradient);

    internal FeatureTables? Tables { get; private init; }

    /// <summary>Measures R of some queries and keys and decides.</summary>
    /// <param name="cpu">Where to measure.</param>
    /// <param name="shape">Sizes; as many keys as queries.</param>
    /// <param name="qkv">Queries, keys and values, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="request">What is asked.</param>
    /// <exception cref="ArgumentException">
    /// No tokens, a value that is not finite, an error that is not above 0; or only the polynomial is allowed and cannot keep the error.
    /// </exception>
    public static AttentionPlan Measure(Cpu cpu, AttentionShape shape, ReadOnlySpan<float> qkv, AttentionRequest request)
    {
        Check(shape, request);
        double radius = PolynomialAttention.Radius(cpu, shape, qkv, request.KeepMeans);
        if (!double.IsFinite(radius))
        {
            throw new ArgumentException("qkv: expected finite queries and keys, got a NaN or an infinity; look where it comes from.", nameof(qkv));
        }

        return ForRadius(shape, radius, request);
    }

    /// <summary>Decides for a radius that the caller promises, as a model with normalised queries and keys can.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="radius">R: no recentred score is larger. Checked when the plan runs.</param>
    /// <param name="request">What is asked.</param>
    /// <inheritdoc cref="Measure"/>
    public static AttentionPlan ForRadius(AttentionShape shape, double radius, AttentionRequest request)
    {
        Check(shape, request);
        if (!(radius >= 0 && double.IsFinite(radius)))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, $"radius: expected a finite number of 0 or more, got {radius}.");
        }

        AttentionPlan exact = new() { Shape = shape, Request = request, Radius = radius, Reason = PlanReason.Asked };
        if (request.Mode == AttentionMode.Exact) return exact;
        AttentionPlan plan = exact.WithSmallestDegree(out PlanReason? obstacle);
        if (obstacle is not { } reason)
        {
            if (request.Mode == AttentionMode.Polynomial) return plan;
            bool faster = plan.PredictedSpeedup > 1;
            return plan with { IsPolynomial = faster, Reason = faster ? PlanReason.PolynomialIsFaster : PlanReason.ExactIsFaster };
        }

        if (request.Mode == AttentionMode.Polynomial) throw new ArgumentException((exact with { Reason = reason }).ToString(), nameof(request));
        return exact with { Reason = reason };
    }

    /// <summary>The decision and its numbers in one line.</summary>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string found = Tables is null ? "" : string.Create(
            culture, $", g = {Degree}, r = {Features}, {Precision} features, error {ApproximationError + RoundingError:G3}, speed-up {PredictedSpeedup:G3}");
        string asked = string.Create(culture, $"error {Request.Error:G3} asked at R = {Radius:G4}, d = {Shape.HeadSize}, L = {Shape.Tokens}");
        string head = IsPolynomial ? "polynomial" : "exact";
        return Reason switch
        {
            PlanReason.RadiusOutOfReach => string.Create(
                culture, $"{head}: scores spread to R = {Radius:G4}, polynomials reach {FeatureTables.LargestRadius:G4} ({asked}); normalise queries and keys with a clipped gain, or take exact attention."),
            PlanReason.TooManyFeatures => string.Create(
                culture, $"{head}: the degree needed has more than {MonomialTable.MaxCount} features of {Shape.HeadSize} variables ({asked}); ask for a larger error, lower R, take smaller heads, or exact attention."),
            PlanReason.ErrorOutOfReach => string.Create(
                culture, $"{head}: rounding alone exceeds it ({asked}); ask for a larger error, lower R, allow double precision, or take exact attention."),
            PlanReason.DegreeTooLow => string.Create(
                culture, $"{head}: degree {Request.Degree} does not keep it ({asked}); leave the degree to the plan, or ask for a larger error."),
            _ => string.Create(culture, $"{head} ({Reason}): {asked}{found}"),
        };
    }

    private static void Check(AttentionShape shape, AttentionRequest request)
    {
        Guard.NotNegative(shape.Batch, "shape.Batch");
        Guard.NotNegative(shape.Heads, "shape.Heads");
        Guard.Positive(shape.Tokens, "shape.Tokens");
        Guard.Positive(shape.HeadSize, "shape.HeadSize");
        if (shape.Keys != shape.Tokens)
        {
            throw new ArgumentException($"shape: expected as many keys as queries, got {shape.Tokens} and {shape.Keys}.", nameof(shape));
        }

        if (!(request.Error > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(request), request.Error, $"request.Error: expected a number above 0, got {request.Error}; 1e-3 is a usual one.");
        }
    }

    // [doc:linear-attention-degree]
    private AttentionPlan WithSmallestDegree(out PlanReason? obstacle)
    {
        int radius = FeatureTables.IndexOf(Radius);
        obstacle = radius < 0 ? PlanReason.RadiusOutOfReach : null;
        double unit = Request.Precision == FeaturePrecision.Single ? SingleUnit : DoubleUnit;
        bool rounds = obstacle is null && RoundingFactor * unit * PortableMath.Exp(2 * Radius) / 2 > Request.Error; // whatever the degree
        if (rounds) obstacle = PlanReason.ErrorOutOfReach;
        if (obstacle is not null) return this;
        int more = Request.Gradient == AttentionGradient.Antiderivative ? 1 : 0;
        int last = Request.Degree ?? (ExpPolynomial.MaxDegree - more);
        for (int degree = Request.Degree ?? 0; degree <= last; degree++)
        {
            if (MonomialTable.CountOf(Shape.HeadSize, degree + more) > MonomialTable.MaxCount)
            {
                obstacle = PlanReason.TooManyFeatures;
                return this;
            }

            // The bound of the best polynomial is never more than 25 times what a polynomial reaches at these radii.
            bool hopeless = ExpPolynomial.Bound(Radius, degree) > 25 * Request.Error;
            if (hopeless && Request.Degree is null) continue;
            ExpPolynomial polynomial = FeatureTables.PolynomialOf(radius, degree, Request.Fit);
            if (PrecisionFor(polynomial) is { } precision)
            {
                return this with
                {
                    IsPolynomial = true,
                    Precision = precision,
                    Tables = FeatureTables.Of(Shape.HeadSize, radius, degree, Request.Fit, Request.Gradient),
                };
            }

            if (polynomial.RelativeError < Request.Error / 2) break; // what is left is rounding
        }

        obstacle = Request.Degree is null ? PlanReason.ErrorOutOfReach : PlanReason.DegreeTooLow;
        return this;
    }

    private FeaturePrecision? PrecisionFor(ExpPolynomial polynomial)
    {
        bool single = Request.Precision != FeaturePrecision.Double && Radius <= LargestSingleRadius;
        if (single && Total(polynomial, FeaturePrecision.Single) <= Request.Error) return FeaturePrecision.Single;
        bool wide = Request.Precision != FeaturePrecision.Single && Total(polynomial, FeaturePrecision.Double) <= Request.Error;
        return wide ? FeaturePrecision.Double : null;
    }
    // [/doc:linear-attention-degree]

    private static double Total(ExpPolynomial polynomial, FeaturePrecision precision) => polynomial.RelativeError + RoundingOf(polynomial, precision);

    private static double RoundingOf(ExpPolynomial polynomial, FeaturePrecision precision) =>
        RoundingFactor * (precision == FeaturePrecision.Single ? SingleUnit : DoubleUnit) * polynomial.Condition;

    // Per token, and per pair of tokens.
    private static double PolynomialCost(FeatureTables tables, int d)
    {
        double forward = (3.6 * tables.Count * d) + 1230, backward = tables.BackwardCount;
        return backward == 0 ? forward : forward + (backward * ((11.3 * d) - 4)) + 2300;
    }

    private static double ExactCost(int d, AttentionGradient gradient)
    {
        int padded = (d + 15) / 16 * 16;
        return (2 * padded) + 4 + (gradient == AttentionGradient.None ? 0 : (7 * padded) + 2);
    }
}
