using System.Diagnostics.CodeAnalysis;

namespace PureDit.Kernels;

/// <summary>Which attention may be taken.</summary>
public enum AttentionMode
{
    /// <summary>Polynomial where it is predicted to be faster within the error; exact otherwise.</summary>
    Auto,

    /// <summary>Always exact.</summary>
    Exact,

    /// <summary>Polynomial, or a refusal that says why not.</summary>
    Polynomial,
}

/// <summary>What the backward pass of polynomial attention computes.</summary>
public enum AttentionGradient
{
    /// <summary>No backward pass.</summary>
    None,

    /// <summary>
    /// The exact attention's formula with the polynomial's probabilities, through features of the antiderivative: as
    /// good an approximation of the exact gradient as the output is of the exact output.
    /// </summary>
    Antiderivative,

    /// <summary>The exact gradient of the polynomial attention itself; its weights are P′, a worse e^x than P.</summary>
    Surrogate,
}

/// <summary>What a caller asks of an approximate attention.</summary>
/// <param name="Error">
/// Largest relative error ε of a weight e^{s_ij} before normalisation. With η = ε/(1 − ε): probabilities of a query
/// err by at most η in sum, outputs by at most η/2 times the range of the values (their maximum less their minimum, per
/// column). Infinity leaves the error to <see cref="Degree"/>.
/// </param>
/// <param name="Mode">Which attention may be taken.</param>
/// <param name="Gradient">Which backward pass will follow; it counts in the cost and in the number of features.</param>
public readonly record struct AttentionRequest(
    double Error, AttentionMode Mode = AttentionMode.Auto, AttentionGradient Gradient = AttentionGradient.Antiderivative)
{
    /// <summary>Which polynomial.</summary>
    public PolynomialFit Fit { get; init; }

    /// <summary>Whether the means of queries and keys stay where they are: for comparisons; it makes R larger.</summary>
    public bool KeepMeans { get; init; }

    /// <summary>Float or double features; null for the cheaper one that keeps the error.</summary>
    public FeaturePrecision? Precision { get; init; }

    /// <summary>The degree, for comparisons; null for the smallest that keeps <see cref="Error"/>.</summary>
    public int? Degree { get; init; }
}

/// <summary>Arithmetic of features and moments.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "Precisions are named for what they are called.")]
public enum FeaturePrecision
{
    /// <summary>float32, sums of blocks in double: for R up to 4.</summary>
    Single,

    /// <summary>double throughout.</summary>
    Double,
}
