namespace PureDit.Kernels;

/// <summary>How the weights [outputs, inputs] of a linear layer lie in memory.</summary>
public enum WeightLayout
{
    /// <summary>Row by row, as they are trained and stored.</summary>
    Rows,

    /// <summary>As <see cref="MatMul.PackWeights"/> arranges them, once, for products with few rows.</summary>
    Panels,
}
