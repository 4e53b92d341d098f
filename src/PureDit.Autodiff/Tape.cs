// Reverse-mode differentiation by an eager tape of coarse operations.
//
// Every operation computes at once and leaves a record; backward walks the records in reverse order, and each adds
// to the gradients of what it read (a value that is read twice receives the sum). Order of recording is an order in
// which every value comes after what it depends on, so no graph search is needed, and no recursion.
//   Griewank & Walther, Evaluating Derivatives (2nd ed.), chapter 3.
// Records and nodes are pooled by position and values lie in an arena: a warm step allocates no managed memory.
// Not done: gradients of gradients, views, in-place operations. One thread drives a tape; kernels use the Cpu's threads.

using System.Runtime.CompilerServices;
using PureDit.Kernels;

namespace PureDit.Autodiff;

/// <summary>Runs operations on variables and, if it records, differentiates them. For one thread at a time.</summary>
public sealed class Tape
{
    private readonly Arena _arena;
    private readonly bool _isInner; // the tape that another one runs its segments on
    private readonly List<Node> _nodes = [];
    private readonly List<Operation> _operations = [];
    private int _nodeCount, _operationCount;
    private long _stamp, _stepStamp; // the newest number given to a node or a step; that of this step
    private double[] _doubles = [];
    private Phase _phase;

    /// <summary>Creates a tape.</summary>
    /// <param name="cpu">How kernels run.</param>
    /// <param name="record">Whether to keep what backward needs; without it, memory can be released early.</param>
    /// <param name="arena">Where values lie, for this tape alone; by default a new one.</param>
    /// <param name="recompute">
    /// Whether backward computes the inner values of a <see cref="Segment"/> again, where the tape records: less memory
    /// for one more forward pass, and the same bits.
    /// </param>
    public Tape(Cpu cpu, bool record, Arena? arena = null, bool recompute = false)
    {
        ArgumentNullException.ThrowIfNull(cpu);
        Cpu = cpu;
        IsRecording = record;
        _arena = arena ?? new Arena();
        Gradients = new GradientMemory(cpu, _arena);
        if (record && recompute) Segments = new SegmentRunner(new Tape(this, new Arena(_arena.Poisons)), Gradients);
    }

    // A tape for segments: its values lie apart, to be overwritten by the next segment's; gradients outlive it.
    private Tape(Tape outer, Arena arena) =>
        (Cpu, IsRecording, Gradients, _arena, _isInner) = (outer.Cpu, true, outer.Gradients, arena, true);

    private enum Phase
    {
        NotBegun,
        Forward,
        Differentiated,
    }

    /// <summary>How kernels run.</summary>
    public Cpu Cpu { get; }

    /// <summary>Whether the tape keeps what backward needs.</summary>
    public bool IsRecording { get; }

    /// <summary>Bytes that values and gradients have taken from the system so far.</summary>
    public long ReservedBytes => _arena.ReservedBytes + (Segments?.ReservedBytes ?? 0);

    internal GradientMemory Gradients { get; }

    /// <summary>Runs segments apart from this tape; null where their inner values stay on it.</summary>
    internal SegmentRunner? Segments { get; }

    /// <summary>Begins a step: recycles everything of the step before, whose variables become unusable.</summary>
    public void Begin()
    {
        FreeNodes(0);
        _operationCount = 0;
        Segments?.Forget();
        if (!_isInner) Gradients.Reset();
        _arena.Reset();
        _stepStamp = ++_stamp;
        _phase = Phase.Forward;
    }

    /// <summary>Starts a variable; its values are undefined until <see cref="Variable.Data"/> is filled.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="needsGradient">Whether the gradient with respect to it is wanted.</param>
    /// <exception cref="InvalidOperationException">No step has begun, or its backward has run.</exception>
    public Variable Input(Shape shape, bool needsGradient = false)
    {
        Node node = NewNode(shape, _arena.Allocate(shape.Count), needsGradient);
        return node.Handle;
    }

    /// <summary>Starts a variable with a copy of some values.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="values">As many values as the shape has.</param>
    /// <param name="needsGradient">Whether the gradient with respect to it is wanted.</param>
    /// <exception cref="ArgumentException">Another number of values.</exception>
    /// <exception cref="InvalidOperationException">No step has begun, or its backward has run.</exception>
    public Variable Input(Shape shape, ReadOnlySpan<float> values, bool needsGradient = false)
    {
        if (values.Length != shape.Count)
        {
            throw new ArgumentException($"values: expected {shape.Count} for shape {shape}, got {values.Length}.", nameof(values));
        }

        Variable result = Input(shape, needsGradient);
        values.CopyTo(result.Data);
        return result;
    }

    /// <summary>A parameter as a variable of this step, without a copy.</summary>
    /// <exception cref="InvalidOperationException">
    /// The tape records, and the parameter is trained but its store has no gradients (<see cref="ParameterStore.EnableTraining"/>).
    /// </exception>
    public Variable Use(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Node node = NewNode(parameter.Shape, parameter.Memory(ParameterBlock.Weights), parameter.IsTrained);
        node.Layout = parameter.Layout;
        if (node.NeedsGradient)
        {
            node.HasGradient = true;
            node.GradientMemory = parameter.Memory(ParameterBlock.Gradients);
        }

        return node.Handle;
    }

    // [doc:tape-backward]
    /// <summary>
    /// Computes the gradients of a scalar with respect to every parameter and every input that wants one. Parameters'
    /// gradients are added to what is there; the gradient of the loss itself is <paramref name="seed"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The loss is of another tape, or is no scalar.</exception>
    /// <exception cref="InvalidOperationException">
    /// The tape does not record, backward has already run in this step, or the loss depends on nothing that wants a gradient.
    /// </exception>
    public void Backward(Variable loss, float seed = 1)
    {
        Node root = Resolve(loss);
        CheckBackward(root);
        Gradients.ToAdd(root).Fill(seed);
        BackwardFromOutputs();
    }

    /// <summary>Visits the operations in reverse; where to start, gradients are there already.</summary>
    internal void BackwardFromOutputs()
    {
        _phase = Phase.Differentiated;
        for (int i = _operationCount - 1; i >= 0; i--)
        {
            Operation operation = _operations[i];
            if (!operation.Output.HasGradient) continue; // the loss does not depend on it
            operation.Backward(this);
            Gradients.Recycle(operation.Output);
        }
    }
    // [/doc:tape-backward]

    /// <summary>
    /// Marks the beginning of a scope that <see cref="Release"/> ends. For a chain of layers, mark once before its
    /// input is made, and release to that mark after every layer: each output then takes the place of its input.
    /// </summary>
    /// <exception cref="InvalidOperationException">No step has begun, or its backward has run.</exception>
    public TapeMark Mark()
    {
        CheckForward();
        return new TapeMark(_nodeCount, _arena.Mark(), StampBefore(_nodeCount));
    }

    /// <summary>
    /// Ends a scope: without recording, the memory of everything made since the mark is free again, except for one
    /// value, which is moved to its beginning; a tape that records needs it all, and releases nothing.
    /// </summary>
    /// <param name="mark">Where the scope began.</param>
    /// <param name="keep">The value that is still needed.</param>
    /// <returns>The kept value; use it instead of <paramref name="keep"/>.</returns>
    /// <exception cref="InvalidOperationException">The mark is not of this step, or its scope has already been released.</exception>
    public Variable Release(TapeMark mark, Variable keep)
    {
        Node kept = Resolve(keep);
        if (mark.Nodes > _nodeCount || mark.Stamp != StampBefore(mark.Nodes))
        {
            throw new InvalidOperationException("This mark belongs to a step that has finished or to a scope that was released.");
        }

        if (IsRecording) return keep;
        (int index, Shape shape, Memory<float> memory) = (kept.Index, kept.Shape, kept.Memory);
        FreeNodes(mark.Nodes);
        if (index < mark.Nodes)
        {
            _arena.Release(mark.Memory);
            return keep;
        }

        return NewNode(shape, _arena.Release(mark.Memory, memory), needsGradient: false).Handle;
    }

    /// <summary>The node of a variable, checked to be of this tape and of this step.</summary>
    internal Node Resolve(Variable variable, [CallerArgumentExpression(nameof(variable))] string name = "")
    {
        Node node = variable.Live();
        if (node.Tape != this) throw new ArgumentException($"{name}: expected a variable of this tape, got one of another.", name);
        return node;
    }

    /// <summary>A value of another tape as a leaf of this one, without a copy.</summary>
    internal Node Borrow(Node node) => NewNode(node.Shape, node.Memory, node.NeedsGradient);

    /// <summary>Memory for something that an operation saves for backward; contents undefined.</summary>
    internal Memory<float> Scratch(int length) => _arena.Allocate(length);

    /// <summary>Room for doubles that nobody reads after the operation; contents undefined.</summary>
    internal Span<double> Doubles(int length)
    {
        if (_doubles.Length < length) _doubles = new double[length];
        return _doubles.AsSpan(0, length);
    }

    // [doc:tape-record]
    /// <summary>A node for what an operation computes; contents undefined.</summary>
    internal Node NewResult(Shape shape, bool needsGradient)
    {
        Node node = NewNode(shape, _arena.Allocate(shape.Count), needsGradient);
        node.IsComputed = true;
        return node;
    }

    /// <summary>
    /// Appends the record of the operation that computed <paramref name="output"/>: the one of the step before at
    /// this position if it is of the same kind, else another that is free. Only for an output that needs a gradient.
    /// </summary>
    internal T Record<T>(Node output) where T : Operation, new()
    {
        int free = _operations.FindIndex(_operationCount, static operation => operation is T);
        if (free < 0)
        {
            free = _operations.Count;
            _operations.Add(new T());
        }

        T record = (T)_operations[free];
        (_operations[free], _operations[_operationCount]) = (_operations[_operationCount], record);
        _operationCount++;
        record.Output = output;
        return record;
    }
    // [/doc:tape-record]

    internal Span<float> GradientOfLeaf(Node node)
    {
        if (node.IsComputed) throw new InvalidOperationException("Gradients of computed values are recycled during backward; read those of inputs and parameters.");
        if (!node.NeedsGradient) throw new InvalidOperationException("This variable needs no gradient: make it with needsGradient on a tape that records.");
        if (_phase != Phase.Differentiated) throw new InvalidOperationException("Backward has not run in this step.");
        return Gradients.ToAdd(node); // zero where the loss does not depend on it
    }

    private Node NewNode(Shape shape, Memory<float> memory, bool needsGradient)
    {
        CheckForward();
        if (_nodeCount == _nodes.Count) _nodes.Add(new Node(this, _nodeCount));
        Node node = _nodes[_nodeCount++];
        node.Stamp = ++_stamp;
        node.Shape = shape;
        node.Memory = memory;
        node.Layout = WeightLayout.Rows;
        node.NeedsGradient = needsGradient && IsRecording;
        node.IsComputed = false;
        node.HasGradient = false;
        return node;
    }

    /// <summary>The stamp of the node before a position, or of the step: another one once that position was released.</summary>
    private long StampBefore(int position) => position == 0 ? _stepStamp : _nodes[position - 1].Stamp;

    private void FreeNodes(int from)
    {
        for (int i = from; i < _nodeCount; i++) _nodes[i].Stamp = 0;
        _nodeCount = from;
    }

    private void CheckForward()
    {
        if (_phase == Phase.NotBegun) throw new InvalidOperationException("No step has begun: call Begin() first.");
        if (_phase == Phase.Differentiated) throw new InvalidOperationException("Backward has run in this step: call Begin() for the next one.");
    }

    private void CheckBackward(Node loss)
    {
        if (!IsRecording) throw new InvalidOperationException("This tape does not record: create it with record: true to differentiate.");
        if (_phase == Phase.Differentiated) throw new InvalidOperationException("Backward has already run in this step: call Begin() for the next one.");
        if (loss.Shape.Count != 1) throw new ArgumentException($"loss: expected a scalar, got shape {loss.Shape}.", nameof(loss));
        if (!loss.NeedsGradient) throw new InvalidOperationException("The loss depends on no parameter and on no input that needs a gradient.");
    }
}
