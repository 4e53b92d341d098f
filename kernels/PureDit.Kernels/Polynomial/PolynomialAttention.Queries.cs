// The passes over the queries: outputs forward; gradients and moments backward. And what the surrogate's gradient adds.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private partial struct HeadsKernel
    {
        private readonly partial struct Work<T> where T : unmanaged
        {
            // [doc:linear-attention-outputs]
            // [n, D] = m(q')·Z and o = n/D; ln Σ_j e^{s_ij} = ln D + what the recentring took away.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Outputs<V, S>(int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackQueries<V, S>(token, count);
                    Ones<V, S>();
                    Monomials<V, S>();
                    Contract<V, S>(_state.Forward, Columns);
                    Divide<V, S>(w.N, _d, w.N + (_d * w.Stride));
                    Scatter<V, S>(w.N, count, _o + ((nint)token * _width));
                    if (_logSumExp != null) WriteLogSums<V, S>(token, count);
                }
            }
            // [/doc:linear-attention-outputs]

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void WriteLogSums<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                T* sums = w.N + (_d * w.Stride);
                S.Log(sums, w.Tokens);
                for (int t = 0; t < count; t++)
                {
                    double shift = *_state.Top; // and s·(q − q̄)·k̄
                    for (int v = 0; v < _d; v++) shift += _root * S.Widen(w.X[(v * w.Stride) + t]) * _state.KeyMean[v];
                    _logSumExp[token + t] = (float)(S.Widen(sums[t]) + shift);
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Divide<V, S>(T* rows, int columns, T* divisor) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                nint stride = _workspace.Stride;
                for (int t = 0; t < _workspace.Tokens; t += S.Count)
                {
                    V inverse = S.Divide(S.Broadcast(S.Round(1)), S.Load(divisor + t));
                    for (int c = 0; c < columns; c++) S.Store(S.Multiply(S.Load(rows + (c * stride) + t), inverse), rows + (c * stride) + t);
                }
            }

            // [doc:linear-attention-query-gradients]
            // y = [dO, −dO·o]/D;  dq' = ∇(Z·y)(q');  Y += m(q')·y
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Queries<V, S>(int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                BeginMoments(part);
                double* sums = SumsOf(part);
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackQueries<V, S>(token, count);
                    Ones<V, S>();
                    Monomials<V, S>();
                    Contract<V, S>(_state.Forward + (_d * (nint)_state.Rows), columns: 1);
                    PackGradients<V, S>(token, count);
                    Divide<V, S>(w.Y, Columns, w.N);
                    Gradient<V, S>();
                    for (int c = 0; c < _d && _kernel._surrogate; c++)
                    {
                        for (int t = 0; t < count; t++) sums[QueryGradients + c] += _root * S.Widen(w.Dx[(c * w.Stride) + t]);
                    }

                    ScatterAdd<V, S>(w.Dx, _root, count, _dQ + ((nint)token * 3 * _width));
                    AddMoments<V, S>(part);
                }
            }
            // [/doc:linear-attention-query-gradients]

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackGradients<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                Gather(_dO + ((nint)token * _width), _width, count, w.Raw);
                Gather(_o + ((nint)token * _width), _width, count, w.Raw2);
                for (int t = 0; t < w.Tokens; t += S.Count)
                {
                    V mean = S.Zero;
                    for (nint row = 0; row < _d * w.Stride; row += w.Stride)
                    {
                        V gradient = S.LoadFloats(w.Raw + row + t);
                        S.Store(gradient, w.Y + row + t);
                        mean = S.MultiplyAdd(gradient, S.LoadFloats(w.Raw2 + row + t), mean);
                    }

                    S.Store(S.Subtract(S.Zero, mean), w.Y + (_d * w.Stride) + t);
                }
            }

            // P′ is not P: the surrogate's rows of dS do not sum to 0, and its means move with q and k.
            private void FinishGradients()
            {
                bool query = IsCentred(_state.QueryMean), key = IsCentred(_state.KeyMean);
                for (int c = 0; c < _d; c++)
                {
                    _state.QueryShift[c] = query ? ((_root * _root * Total(c)) - Total(QueryGradients + c)) / _tokens : 0;
                    _state.KeyShift[c] = key ? -Total(KeyGradientSums + c) / _tokens : 0;
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Shift(int part)
            {
                (int first, int end) = Range(part);
                for (int token = first; token < end; token++)
                {
                    float* dQ = _dQ + ((nint)token * 3 * _width), dK = dQ + _width;
                    for (int c = 0; c < _d; c++)
                    {
                        dQ[c] += (float)_state.QueryShift[c];
                        dK[c] += (float)_state.KeyShift[c];
                    }
                }
            }
        }
    }
}
