// All parameters of a model in one contiguous block, and four more blocks of the same layout while it is trained.
//
//   weights    [ trained ........................ | frozen ... ]
//   gradients, m, v, average  [ trained ......... ]
//
// So zeroing gradients, an optimizer step, a moving average, a norm, a checkpoint and a hash are single calls on one
// span. Every parameter starts on a cache line; the padding between them stays zero in every block. Parameters are
// declared once, in order, by name; then the store is sealed and the weights exist. Training blocks are allocated on
// demand only, so that inference holds one copy of the model, and training without an average four, not five.

using System.Diagnostics.CodeAnalysis;
using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Named parameters in contiguous 64-byte aligned blocks: weights, and for training gradients, moments and average.</summary>
public sealed class ParameterStore
{
    private const int Blocks = (int)ParameterBlock.Average + 1;
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName = [];
    private readonly Memory<float>[] _blocks = new Memory<float>[Blocks];

    /// <summary>The parameters in the order of their declaration.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Whether the declaration has ended and the weights exist.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Whether the training blocks exist.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>Whether the block of the weights' moving average exists.</summary>
    public bool HasAverage { get; private set; }

    /// <summary>Number of values of all parameters, frozen ones included, padding not.</summary>
    public long ValueCount => _parameters.Sum(p => (long)p.Shape.Count);

    /// <summary>Number of values that training changes.</summary>
    public long TrainedValueCount => _parameters.Where(p => p.IsTrained).Sum(p => (long)p.Shape.Count);

    // [doc:parameter-store]
    /// <summary>Declares a parameter.</summary>
    /// <param name="name">Unique name.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="trained">False for a buffer that is saved and loaded but not trained.</param>
    /// <exception cref="ArgumentException">The name is empty or already taken.</exception>
    /// <exception cref="InvalidOperationException">The store is sealed.</exception>
    public Parameter Add(string name, Shape shape, bool trained = true)
    {
        if (IsSealed) throw new InvalidOperationException($"{name}: the store is sealed; declare every parameter before Seal().");
        ArgumentException.ThrowIfNullOrEmpty(name);
        Parameter parameter = new(this, _parameters.Count, name, shape, trained);
        if (!_byName.TryAdd(name, parameter))
        {
            throw new ArgumentException($"name: expected a new name, got {name}, which is already declared.", nameof(name));
        }

        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Ends the declaration and allocates the weights, all zero.</summary>
    /// <exception cref="InvalidOperationException">The store is already sealed.</exception>
    public void Seal()
    {
        if (IsSealed) throw new InvalidOperationException("The store is already sealed.");
        int trainedLength = Place(0, trained: true);
        int length = Place(trainedLength, trained: false);
        _blocks[0] = AlignedMemory.Allocate(length);
        TrainedLength = trainedLength;
        IsSealed = true;
    }

    /// <summary>Allocates the training blocks: gradients and moments zero, the average equal to the weights.</summary>
    /// <param name="average">Whether a moving average of the weights is kept; without it, its block does not exist.</param>
    /// <exception cref="InvalidOperationException">The store is not sealed, or already set up for training.</exception>
    public void EnableTraining(bool average = false)
    {
        Memory<float> weights = Memory(ParameterBlock.Weights);
        if (IsTraining) throw new InvalidOperationException("The store is already set up for training.");
        if (_parameters.Any(p => p.Layout != WeightLayout.Rows)) throw new InvalidOperationException("The store is packed for inference; load the model again to train it.");
        int blocks = average ? Blocks : (int)ParameterBlock.Average;
        for (int i = 1; i < blocks; i++) _blocks[i] = AlignedMemory.Allocate(TrainedLength);
        if (average) weights[..TrainedLength].CopyTo(_blocks[(int)ParameterBlock.Average]);
        (IsTraining, HasAverage) = (true, average);
    }
    // [/doc:parameter-store]

    /// <summary>
    /// Arranges the weights of linear layers, in place, in the order in which products with few rows read them fastest.
    /// Results keep their bits. The weights can no longer be read, saved, loaded or trained.
    /// </summary>
    /// <param name="cpu">Where to run.</param>
    /// <param name="weights">Weights [outputs, inputs], or [outputs, ..]; those whose outputs are no multiple of 16 stay as they are.</param>
    /// <exception cref="InvalidOperationException">The store is not sealed, or it is set up for training.</exception>
    public void PackForInference(Cpu cpu, IEnumerable<Parameter> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (IsTraining) throw new InvalidOperationException("The store is set up for training, which needs its weights as rows.");
        float[] copy = [];
        foreach (Parameter weight in weights)
        {
            int outputs = weight.Shape[0], inputs = weight.Shape.Count / Math.Max(1, outputs);
            if (weight.Layout != WeightLayout.Rows || MatMul.PackedLength(inputs, outputs) != weight.Shape.Count) continue;
            if (copy.Length < weight.Shape.Count) copy = new float[weight.Shape.Count];
            weight.Data.CopyTo(copy);
            MatMul.PackWeights(cpu, copy, inputs, outputs, weight.Data);
            weight.Layout = WeightLayout.Panels;
        }
    }

    /// <summary>Length of the part of every block that training changes, padding included.</summary>
    public int TrainedLength { get; private set; }

    /// <summary>The trained part of a block, padding included: what an optimizer works on.</summary>
    /// <exception cref="InvalidOperationException">The store is not sealed, or the block does not exist.</exception>
    public Span<float> Trained(ParameterBlock block) => Memory(block).Span[..TrainedLength];

    /// <summary>Sets every gradient to zero; <see cref="Tape.Backward"/> adds to what is there.</summary>
    public void ZeroGradients() => Trained(ParameterBlock.Gradients).Clear();

    /// <summary>Finds a parameter by name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Parameter? parameter) => _byName.TryGetValue(name, out parameter);

    /// <summary>The parameter of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Parameter this[string name] => TryGet(name, out Parameter? parameter) ? parameter : throw new ArgumentException(
        $"name: expected one of {_parameters.Count} declared parameters, got {name}.", nameof(name));

    /// <summary>Overwrites the values of one parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Shape of <paramref name="values"/>; must be the declared one.</param>
    /// <param name="values">The values, row-major.</param>
    /// <exception cref="ArgumentException">Unknown name, another shape, or another number of values.</exception>
    public void Load(string name, Shape shape, ReadOnlySpan<float> values)
    {
        Parameter parameter = this[name];
        if (shape != parameter.Shape) throw ShapeError.Of(name, parameter.Shape.ToString(), shape);
        if (values.Length != shape.Count)
        {
            throw new ArgumentException($"values: expected {shape.Count} for {name} {shape}, got {values.Length}.", nameof(values));
        }

        values.CopyTo(parameter.Data);
    }

    internal Memory<float> Memory(ParameterBlock block)
    {
        if (!IsSealed) throw new InvalidOperationException("The store is not sealed: call Seal() once every parameter is declared.");
        if (!IsTraining && block != ParameterBlock.Weights)
        {
            throw new InvalidOperationException($"The block {block} does not exist: call EnableTraining() first.");
        }

        if (!HasAverage && block == ParameterBlock.Average)
        {
            throw new InvalidOperationException("No moving average is kept: call EnableTraining(average: true).");
        }

        return _blocks[(int)block];
    }

    private int Place(int offset, bool trained)
    {
        foreach (Parameter parameter in _parameters)
        {
            if (parameter.IsTrained != trained) continue;
            parameter.Offset = offset;
            if ((long)offset + parameter.Shape.Count > Array.MaxLength - (2 * AlignedMemory.Line))
            {
                throw new InvalidOperationException($"{parameter.Name}: a store holds at most {Array.MaxLength} values.");
            }

            offset += AlignedMemory.RoundUp(parameter.Shape.Count);
        }

        return offset;
    }
}
