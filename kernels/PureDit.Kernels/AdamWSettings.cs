namespace PureDit.Kernels;

/// <summary>Constants of AdamW that stay the same over a run. The learning rate is not one of them.</summary>
/// <param name="Beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="Epsilon">Added to the root of the second mean; 0 or more.</param>
/// <param name="WeightDecay">Share of a weight that is taken off per unit of learning rate; 0 or more.</param>
public sealed record AdamWSettings(
    double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0);
