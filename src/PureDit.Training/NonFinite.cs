// Infinities and NaNs. One of them in a weight, a moment or an average stays for ever, so they are looked for before
// anything is updated or saved. A finite sum of squares says that all is well, in one pass at the speed of memory; only
// one that is not is looked into value by value.

using PureDit.Autodiff;
using PureDit.Kernels;

namespace PureDit.Training;

/// <summary>Finds what is not finite in a model under training.</summary>
internal static class NonFinite
{
    private static readonly (ParameterBlock Block, string Name)[] s_kept =
    [
        (ParameterBlock.Weights, "the weight"),
        (ParameterBlock.FirstMoments, "the first moment of"),
        (ParameterBlock.SecondMoments, "the second moment of"),
        (ParameterBlock.Average, "the average of"),
    ];

    /// <summary>The first bad parameter of the weights, the moments and the average; null where all is finite.</summary>
    public static string? InState(Cpu cpu, ParameterStore store)
    {
        foreach ((ParameterBlock block, string name) in s_kept)
        {
            if (block == ParameterBlock.Average && !store.HasAverage) continue;
            if (!double.IsFinite(Reductions.SumOfSquares(cpu, store.Trained(block))) && First(store, block, name) is { } bad) return bad;
        }

        return null;
    }

    /// <summary>The first parameter with a bad value in a block, with words before its name; null where there is none.</summary>
    public static string? First(ParameterStore store, ParameterBlock block, string words)
    {
        foreach (Parameter parameter in store.Parameters)
        {
            if (parameter.IsTrained && Any(parameter.In(block))) return $"{words} {parameter.Name}";
        }

        return null;
    }

    /// <summary>Whether any value is not finite.</summary>
    public static bool Any(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) return true;
        }

        return false;
    }
}
