// Who does what, when. A pass is a list of steps; a step runs over the parts of a head, or once for the head. With as many heads as
// threads, or more, a head is one thread's work from the first step to the last; else the parts of one step are shared
// out, head after head. The same steps on the same parts either way, and so the same bits.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private const double OperationsPerRange = 2e5;

    private enum Pass
    {
        Measure,
        Forward,
        Backward,
    }

    private enum Step
    {
        Sum,
        Centre,
        Extend,
        Spread,
        Keys,
        Finish,
        Outputs,
        Queries,
        KeyGradients,
        FinishGradients,
        Shift,
    }

    private partial struct HeadsKernel : IKernel
    {
        private static readonly Step[] s_measure = [Step.Sum, Step.Centre, Step.Extend, Step.Spread];
        private static readonly Step[] s_forward = [.. s_measure, Step.Keys, Step.Finish, Step.Outputs];
        private static readonly Step[] s_backward = [.. s_measure, Step.Keys, Step.Finish, Step.Queries, Step.Finish, Step.KeyGradients];
        private static readonly Step[] s_surrogate = [.. s_backward, Step.FinishGradients, Step.Shift];

        public float* Qkv, O, LogSumExp, DO, DQkv;
        private readonly AttentionShape _shape;
        private readonly FeatureTables? _tables;
        private readonly Step[] _steps;
        private readonly bool _keepMeans, _double, _surrogate, _backward;
        private readonly int _parts, _features, _stored;
        private double* _radii; // of each head, where they are wanted
        private double* _state; // of the head whose parts are shared out; null where heads are
        private int _head;
        private Step _step;

        public HeadsKernel(AttentionShape shape, bool keepMeans)
        {
            (_shape, _keepMeans, _steps, _parts, _stored) = (shape, keepMeans, s_measure, PartsOf(shape.Tokens), 1);
        }

        public HeadsKernel(in AttentionPlan plan, Pass pass)
            : this(plan.Shape, plan.Request.KeepMeans)
        {
            _tables = plan.Tables!;
            _backward = pass == Pass.Backward;
            _surrogate = plan.Request.Gradient == AttentionGradient.Surrogate;
            _double = plan.Precision == FeaturePrecision.Double;
            _features = _backward ? _tables.BackwardCount : _tables.Count;
            _stored = _tables.StoredOf(_features);
            _steps = !_backward ? s_forward : _surrogate ? s_surrogate : s_backward;
        }

        public double LargestRadius(Cpu cpu)
        {
            int heads = _shape.Batch * _shape.Heads;
            nint state = HeadState<float>.Doubles(_parts, _shape.HeadSize, 0);
            _radii = (double*)Scratch.RentShared(2 * (heads + state));
            new Span<double>(_radii, heads).Clear();
            Run(cpu, _radii + heads);
            double largest = 0;
            for (int head = 0; head < heads; head++) if (!(_radii[head] <= largest) && !double.IsNaN(largest)) largest = _radii[head]; // a NaN is the largest
            return largest;
        }

        public void Run(Cpu cpu) =>
            Run(cpu, (double*)Scratch.RentShared(2 * HeadState<double>.Doubles(_parts, _shape.HeadSize, _features)));

        private void Run(Cpu cpu, double* state)
        {
            int heads = _shape.Batch * _shape.Heads;
            if (heads == 0) return;
            double operations = _shape.Tokens * 8.0 * _shape.HeadSize * (_features + 4);
            if (_parts == 1 || heads >= cpu.Threads)
            {
                cpu.Run(heads, (int)Math.Ceiling(OperationsPerRange / operations), this);
                return;
            }

            _state = state;
            for (_head = 0; _head < heads; _head++)
            {
                foreach (Step step in _steps)
                {
                    _step = step;
                    cpu.Run(IsForParts(step) ? _parts : 1, (int)Math.Ceiling(OperationsPerRange * _parts / operations), this);
                }
            }
        }

        [MethodImpl(Jit.KernelBody)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            if (!_double) Items<float, V, FloatLanes<V, S>>(begin, end);
            else if (S.Count == 16) Items<double, Vector512<double>, F64x8>(begin, end);
            else if (S.Count == 8) Items<double, Vector256<double>, F64x4>(begin, end);
            else Items<double, Vector128<double>, F64x2>(begin, end);
        }

        private static bool IsForParts(Step step) => step is not (Step.Centre or Step.Spread or Step.Finish or Step.FinishGradients);

        // Items are heads, or parts of one step of one head.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Items<T, V, S>(int begin, int end) where T : unmanaged where V : struct where S : struct, IFeatureLanes<T, V>
        {
            int d = _shape.HeadSize, block = BlockOf(_shape.Tokens, _stored), gradients = _backward ? _features : 0;
            nint state = _state != null ? 0 : HeadState<T>.Doubles(_parts, d, _features);
            double* memory = (double*)Scratch.Rent(2 * (state + Workspace<T>.Doubles(block, d, _features, _stored, gradients, sizeof(T))));
            Workspace<T> w = new(memory + state, block, d, _stored, gradients);
            new Span<T>(w.X + (d * w.Stride), block).Fill(S.Round(1)); // what the first monomial is multiplied by
            HeadState<T> h = new(_state != null ? _state : memory, _parts, d, _features);
            for (int item = begin; item < end; item++)
            {
                Work<T> work = new(this, _state != null ? _head : item, h, w);
                if (_state != null)
                {
                    work.Do<V, S>(_step, item);
                    continue;
                }

                bool back = false; // there and back: what a step has read last, the next one finds in the cache
                foreach (Step step in _steps)
                {
                    int parts = IsForParts(step) ? _parts : 1;
                    for (int i = 0; i < parts; i++) work.Do<V, S>(step, back ? parts - 1 - i : i);
                    if (parts > 1) back = !back;
                }
            }
        }

        /// <summary>One head, its state and this thread's workspace.</summary>
        private readonly partial struct Work<T> where T : unmanaged
        {
            private readonly HeadsKernel _kernel;
            private readonly HeadState<T> _state;
            private readonly Workspace<T> _workspace;
            private readonly float* _q, _o, _dO, _dQ, _logSumExp;
            private readonly int _head, _d, _tokens, _width;
            private readonly double _root; // √s: of 1/√d, half goes to the queries

            public Work(in HeadsKernel kernel, int head, HeadState<T> state, Workspace<T> workspace)
            {
                (_kernel, _head, _state, _workspace) = (kernel, head, state, workspace);
                AttentionShape shape = kernel._shape;
                (_d, _tokens, _width) = (shape.HeadSize, shape.Tokens, shape.Width);
                _root = 1 / Math.Sqrt(Math.Sqrt(_d));
                nint sequence = head / shape.Heads * (nint)_tokens * _width, column = head % shape.Heads * (nint)_d;
                _q = kernel.Qkv + (3 * sequence) + column;
                _o = kernel.O == null ? null : kernel.O + sequence + column;
                _dO = kernel.DO == null ? null : kernel.DO + sequence + column;
                _dQ = kernel.DQkv == null ? null : kernel.DQkv + (3 * sequence) + column;
                _logSumExp = kernel.LogSumExp == null ? null : kernel.LogSumExp + ((nint)head * _tokens);
            }

            public void Do<V, S>(Step step, int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                switch (step)
                {
                    case Step.Sum or Step.Extend: Measure<V, S>(step, part); break;
                    case Step.Centre: Centre(); break;
                    case Step.Spread: Spread(); break;
                    case Step.Keys: Keys<V, S>(part); break;
                    case Step.Finish: Finish<V, S>(); break;
                    case Step.Outputs: Outputs<V, S>(part); break;
                    case Step.Queries: Queries<V, S>(part); break;
                    case Step.KeyGradients: KeyGradients<V, S>(part); break;
                    case Step.FinishGradients: FinishGradients(); break;
                    default: Shift(part); break;
                }
            }

            /// <summary>Tokens of a part.</summary>
            private (int First, int End) Range(int part) =>
                ((int)((long)_tokens * part / _kernel._parts), (int)((long)_tokens * (part + 1) / _kernel._parts));

            private float* Q(int token) => _q + ((nint)token * 3 * _width);

            private float* K(int token) => Q(token) + _width;

            private float* Values(int token) => Q(token) + (2 * _width);
        }
    }
}
