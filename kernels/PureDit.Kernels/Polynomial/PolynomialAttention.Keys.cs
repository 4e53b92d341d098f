// The two passes over the keys: their moments, and their gradients.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private partial struct HeadsKernel
    {
        private readonly partial struct Work<T> where T : unmanaged
        {
            private int Columns => _d + 1;

            // Z of one part: Σ_j w_j m(k'_j)·[v_j, 1]; the weight stands in m_0, and so in every monomial.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Keys<V, S>(int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                BeginMoments(part);
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackKeys<V, S>(token, count);
                    for (nint row = 0; row < _d * w.Stride; row += w.Stride)
                    {
                        for (int t = 0; t < w.Tokens; t += S.Count) S.Store(S.LoadFloats(w.Values + row + t), w.Y + row + t);
                    }

                    new Span<T>(w.Y + (_d * w.Stride), w.Tokens).Fill(S.Round(1));
                    new Span<T>(w.Weights, w.Tokens).CopyTo(new Span<T>(w.Monomials, w.Tokens));
                    Monomials<V, S>();
                    AddMoments<V, S>(part);
                }
            }

            // [doc:linear-attention-key-gradients]
            // dk' = w·∇(Y·[v, 1]),  dv = w·m(k')·Y;  Σ_i p_ij = v·dv + w·m(k')·Y_D moves with the mean of the queries.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void KeyGradients<V, S>(int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                double* sums = SumsOf(part);
                new Span<double>(sums, _d).Clear(); // Σq has served
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackKeys<V, S>(token, count);
                    for (int t = 0; t < w.Tokens; t += S.Count)
                    {
                        V weight = S.Load(w.Weights + t);
                        for (nint row = 0; row < _d * w.Stride; row += w.Stride) S.Store(S.Multiply(weight, S.LoadFloats(w.Values + row + t)), w.Y + row + t);
                        S.Store(weight, w.Y + (_d * w.Stride) + t);
                    }

                    Ones<V, S>();
                    Monomials<V, S>();
                    Gradient<V, S>();
                    Contract<V, S>(_state.Forward, Columns);
                    if (_kernel._surrogate) SumKeys<V, S>(count, sums);
                    FinishKeyGradients<V, S>();
                    ScatterAdd<V, S>(w.Dx, 1, count, _dQ + ((nint)token * 3 * _width) + _width);
                    ScatterAdd<V, S>(w.N, 1, count, _dQ + ((nint)token * 3 * _width) + (2 * _width));
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void FinishKeyGradients<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                V root = S.Broadcast(S.Round(_root));
                for (int t = 0; t < w.Tokens; t += S.Count)
                {
                    V weight = S.Load(w.Weights + t), column = Column<V, S>(t);
                    for (int c = 0; c < _d; c++)
                    {
                        T* dValue = w.N + (c * w.Stride) + t, dKey = w.Dx + (c * w.Stride) + t;
                        V mean = S.Broadcast(S.Round(_root * _root * _state.QueryMean[c]));
                        S.Store(S.Multiply(weight, S.Load(dValue)), dValue);
                        S.Store(S.MultiplyAdd(mean, column, S.Multiply(root, S.Load(dKey))), dKey);
                    }
                }
            }

            /// <summary>Σ_i p_ij of some keys j.</summary>
            private V Column<V, S>(int t) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                V sum = S.Load(w.N + (_d * w.Stride) + t);
                for (nint row = 0; row < _d * w.Stride; row += w.Stride) sum = S.MultiplyAdd(S.LoadFloats(w.Values + row + t), S.Load(w.N + row + t), sum);
                return S.Multiply(S.Load(w.Weights + t), sum);
            }
            // [/doc:linear-attention-key-gradients]

            // What the surrogate's means take of a block's gradients.
            private void SumKeys<V, S>(int count, double* sums) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                for (int t = 0; t < w.Tokens; t += S.Count) S.Store(Column<V, S>(t), w.Monomials + t); // which have served
                for (int c = 0; c < _d; c++)
                {
                    nint row = c * w.Stride;
                    for (int t = 0; t < count; t++)
                    {
                        sums[c] += S.Widen(w.Monomials[t]) * w.Keys[row + t];
                        sums[KeyGradientSums + c] += _root * S.Widen(w.Dx[row + t]);
                    }
                }
            }

            private void Monomials<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                MonomialTable table = _kernel._tables!.Monomials;
                FeatureBlock.Monomials<T, V, S>(table.Parent[.._kernel._stored], table.Variable, w.X, w.Tokens, w.Stride, w.Monomials);
            }

            private void Ones<V, S>() where V : struct where S : struct, IFeatureLanes<T, V> =>
                new Span<T>(_workspace.Monomials, _workspace.Tokens).Fill(S.Round(1));

            private void Gradient<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                FeatureBlock.Gradient<T, V, S>(
                    _kernel._tables!.Monomials, _kernel._features, _kernel._stored, w.Monomials, w.X, _state.Backward, _state.Rows, w.Y, Columns, w.Tokens, w.Stride, w.Gradients, w.Dx);
            }

            // N = m(x)·z, for some columns of the forward pass's moments.
            private void Contract<V, S>(T* z, int columns) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                FeatureTables tables = _kernel._tables!;
                fixed (int* parent = tables.Parent, variable = tables.Variable)
                {
                    FeatureBlock.Contract<T, V, S>(parent, variable, tables.Count, w.Monomials, w.X, z, _state.Rows, columns, w.Tokens, w.Stride, w.N);
                }
            }

            private double* MomentsOf(int part) => _state.Moments + (part * _state.MomentRow);

            private void BeginMoments(int part) =>
                new Span<double>(MomentsOf(part), (int)_state.MomentRow).Clear();

            // Sums of a block in T, 32 tokens to a lane, which doubles take up.
            private void AddMoments<V, S>(int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                FeatureTables tables = _kernel._tables!;
                fixed (int* parent = tables.Parent, variable = tables.Variable)
                {
                    FeatureBlock.Accumulate<T, V, S>(
                        parent, variable, _kernel._features, w.Monomials, w.X, w.Y, Columns, w.Tokens, w.Stride, w.Lanes, w.BlockSums, _state.Rows);
                }

                int bytes = S.Count * sizeof(T);
                if (bytes == 64) TakeUp<Vector512<double>, F64x8>(part);
                else if (bytes == 32) TakeUp<Vector256<double>, F64x4>(part);
                else TakeUp<Vector128<double>, F64x2>(part);
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void TakeUp<V, S>(int part) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                double* moments = MomentsOf(part);
                for (nint i = 0; i < _state.MomentRow; i += S.Count) S.Store(S.Add(S.Load(moments + i), LoadWide<V, S>(_workspace.BlockSums + i)), moments + i);
            }

            // Parts in order, times the coefficients: of P for the forward pass's products, of G (or P) for gradients.
            private void Finish<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                int bytes = S.Count * sizeof(T);
                if (bytes == 64) FinishAll<Vector512<double>, F64x8>();
                else if (bytes == 32) FinishAll<Vector256<double>, F64x4>();
                else FinishAll<Vector128<double>, F64x2>();
            }

            private void FinishAll<V, S>() where V : struct where S : struct, IFeatureLanes<double, V>
            {
                fixed (double* forward = _kernel._tables!.Forward, backward = _kernel._tables.Backward)
                {
                    Finish<V, S>(forward, _state.Forward);
                    if (_kernel._backward) Finish<V, S>(backward, _state.Backward);
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Finish<V, S>(double* coefficients, T* to) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                double* moments = MomentsOf(0);
                for (int c = 0; c < Columns; c++, moments += _state.Rows, to += _state.Rows)
                {
                    for (int i = 0; i < _state.Rows; i += S.Count)
                    {
                        V sum = S.Load(moments + i);
                        for (int part = 1; part < _kernel._parts; part++) sum = S.Add(sum, S.Load(moments + i + (part * _state.MomentRow)));
                        StoreNarrow<V, S>(S.Multiply(S.Load(coefficients + i), sum), to + i);
                    }
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            private static V LoadWide<V, S>(T* x) where V : struct where S : struct, IFeatureLanes<double, V> =>
                typeof(T) == typeof(float) ? S.LoadFloats((float*)x) : S.Load((double*)x);

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            private static void StoreNarrow<V, S>(V value, T* x) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                if (typeof(T) == typeof(float)) S.StoreFloats(value, (float*)x);
                else S.Store(value, (double*)x);
            }
        }
    }
}
