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
                    for (int c = 0; c < _d; c++)
                    {
                        T* row = w.N + (c * w.Stride);
                        for (int t = 0; t < count; t++) _o[((nint)(token + t) * _width) + c] = (float)S.Widen(row[t]);
                    }

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

            // q' side by side; beyond the last token zeros.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackQueries<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                for (int v = 0; v < _d; v++)
                {
                    T* row = w.X + (v * w.Stride);
                    double mean = _state.QueryMean[v];
                    for (int t = 0; t < count; t++) row[t] = S.Round((Q(token + t)[v] - mean) * _root);
                    new Span<T>(row + count, w.Tokens - count).Clear();
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
                for (int token = first, taken = 0; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackQueries<V, S>(token, count);
                    Ones<V, S>();
                    Monomials<V, S>();
                    Contract<V, S>(_state.Forward + _d, columns: 1);
                    PackGradients<V, S>(token, count);
                    Divide<V, S>(w.Y, Columns, w.N);
                    Gradient<V, S>();
                    for (int c = 0; c < _d; c++)
                    {
                        T* row = w.Dx + (c * w.Stride);
                        double sum = 0;
                        for (int t = 0; t < count; t++)
                        {
                            double dQuery = _root * S.Widen(row[t]);
                            _dQ[((nint)(token + t) * 3 * _width) + c] += (float)dQuery;
                            sum += dQuery;
                        }

                        sums[QueryGradients + c] += sum;
                    }

                    AddMoments<V, S>(part, token + w.Tokens >= end, ref taken);
                }
            }
            // [/doc:linear-attention-query-gradients]

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackGradients<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                for (int t = 0; t < count; t++)
                {
                    nint at = (nint)(token + t) * _width;
                    double mean = 0;
                    for (int c = 0; c < _d; c++)
                    {
                        w.Y[(c * w.Stride) + t] = S.Round(_dO[at + c]);
                        mean += (double)_dO[at + c] * _o[at + c];
                    }

                    w.Y[(_d * w.Stride) + t] = S.Round(-mean);
                }

                for (int c = 0; c <= _d; c++) new Span<T>(w.Y + (c * w.Stride) + count, w.Tokens - count).Clear();
            }

            // The moments of the keys have served; those of the queries take their places.
            private void FinishQueries<V, S>() where V : struct where S : struct, IFeatureLanes<T, V> => Finish<V, S>();

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

            private bool IsCentred(double* mean)
            {
                for (int v = 0; v < _d; v++) if (mean[v] != 0) return true;
                return false;
            }
        }
    }
}
