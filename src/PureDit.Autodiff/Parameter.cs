using System.Numerics.Tensors;
using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>The blocks of a <see cref="ParameterStore"/>; every trained parameter has a place in each of them.</summary>
public enum ParameterBlock
{
    /// <summary>The values that the model computes with; the only block that inference needs.</summary>
    Weights,

    /// <summary>Gradients of the loss; <see cref="Tape.Backward"/> adds to them.</summary>
    Gradients,

    /// <summary>Running mean of the gradients (Adam's m).</summary>
    FirstMoments,

    /// <summary>Running mean of the squared gradients (Adam's v).</summary>
    SecondMoments,

    /// <summary>Exponential moving average of the weights; exists only where one is kept.</summary>
    Average,
}

/// <summary>A named array of a model, a view into the blocks of its <see cref="ParameterStore"/>.</summary>
public sealed class Parameter
{
    private readonly ParameterStore _store;

    internal Parameter(ParameterStore store, int index, string name, Shape shape, bool trained) =>
        (_store, Index, Name, Shape, IsTrained) = (store, index, name, shape, trained);

    /// <summary>Place in the order of declaration, from 0.</summary>
    public int Index { get; }

    /// <summary>Name, unique in its store, for example <c>blocks.0.attn.qkv.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Sizes.</summary>
    public Shape Shape { get; }

    /// <summary>Whether training changes it; a frozen one is a buffer that is only saved and loaded.</summary>
    public bool IsTrained { get; }

    /// <summary>First element of this parameter in every block.</summary>
    internal int Offset { get; set; }

    /// <summary>How the values lie in memory; rows, unless <see cref="ParameterStore.PackForInference"/> has packed them.</summary>
    public WeightLayout Layout { get; internal set; }

    /// <summary>The values, row-major.</summary>
    /// <exception cref="InvalidOperationException">The store is not sealed, or the values are packed for inference.</exception>
    public Span<float> Data => Layout == WeightLayout.Rows
        ? Memory(ParameterBlock.Weights).Span
        : throw new InvalidOperationException($"{Name} is packed for inference and cannot be read or changed; load the model again.");

    /// <summary>The gradient of the loss.</summary>
    /// <exception cref="InvalidOperationException">The parameter is frozen, or the store is not set up for training.</exception>
    public Span<float> Gradient => Memory(ParameterBlock.Gradients).Span;

    /// <summary>This parameter's part of a block.</summary>
    /// <exception cref="InvalidOperationException">As for <see cref="Gradient"/>, unless the block is the weights.</exception>
    public Span<float> In(ParameterBlock block) => Memory(block).Span;

    /// <summary>The values as a tensor span of this parameter's shape.</summary>
    public TensorSpan<float> AsTensorSpan() => TensorBridge.Span(Data, Shape);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Shape}";

    internal Memory<float> Memory(ParameterBlock block)
    {
        if (!IsTrained && block != ParameterBlock.Weights)
        {
            throw new InvalidOperationException($"{Name} is frozen: it has no place in the block {block}.");
        }

        return _store.Memory(block).Slice(Offset, Shape.Count);
    }
}
