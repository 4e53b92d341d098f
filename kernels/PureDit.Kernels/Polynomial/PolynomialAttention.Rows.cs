// From rows of tokens, as they lie in the tensors, to features side by side, and back.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private partial struct HeadsKernel
    {
        private readonly partial struct Work<T> where T : unmanaged
        {
            /// <summary>A head that is one block is gathered once, by the first step that asks for its rows.</summary>
            private bool IsOneBlock => _tokens <= _workspace.Tokens;

            /// <summary>Rows of some tokens as [d, tokens], and zeros.</summary>
            private void Gather(float* rows, int rowStride, int count, float* raw)
            {
                Transpose.Copy(rows, rowStride, count, _d, raw, (int)_workspace.Stride);
                Pad(raw, count, repeat: false);
            }

            /// <summary>After the last token it again, or zeros.</summary>
            private void Pad(float* raw, int count, bool repeat)
            {
                Workspace<T> w = _workspace;
                if (count == w.Tokens) return;
                for (int v = 0; v < _d; v++, raw += w.Stride) new Span<float>(raw + count, w.Tokens - count).Fill(repeat ? raw[count - 1] : 0);
            }

            /// <summary>Queries and keys as they are; beyond the last it again, for no padding may lie outside R.</summary>
            private void GatherAgain(float* rows, int count, float* raw)
            {
                if (IsOneBlock) return; // and Extend has repeated the last
                Gather(rows, 3 * _width, count, raw);
                Pad(raw, count, repeat: true);
            }

            /// <summary>[d, tokens] to rows of tokens.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Scatter<V, S>(T* values, int count, float* rows) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                Narrow<V, S>(values, S.Broadcast(S.Round(1)));
                Transpose.Copy(w.Raw2, (int)w.Stride, _d, count, rows, _width);
            }

            /// <summary>Adds [d, tokens], times a factor, to rows of queries, keys or values.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void ScatterAdd<V, S>(T* values, double factor, int count, float* rows) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                Narrow<V, S>(values, S.Broadcast(S.Round(factor)));
                Transpose.Copy(w.Raw2, (int)w.Stride, _d, count, w.Rows, _d);
                float* from = w.Rows;
                for (int t = 0; t < count; t++, rows += 3 * _width, from += _d)
                {
                    int c = 0;
                    for (; c <= _d - Vector128<float>.Count; c += Vector128<float>.Count) (Vector128.Load(rows + c) + Vector128.Load(from + c)).Store(rows + c);
                    for (; c < _d; c++) rows[c] += from[c];
                }
            }

            private void Narrow<V, S>(T* values, V factor) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                for (nint row = 0; row < _d * w.Stride; row += w.Stride)
                {
                    for (int t = 0; t < w.Tokens; t += S.Count) S.StoreFloats(S.Multiply(factor, S.Load(values + row + t)), w.Raw2 + row + t);
                }
            }

            /// <summary>X = √s·(raw − mean).</summary>
            private void Pack<V, S>(float* raw, double* mean) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                V root = S.Broadcast(S.Round(_root));
                for (int v = 0; v < _d; v++)
                {
                    V centre = S.Broadcast(S.Round(mean[v]));
                    float* from = raw + (v * w.Stride);
                    T* to = w.X + (v * w.Stride);
                    for (int t = 0; t < w.Tokens; t += S.Count) S.Store(S.Multiply(S.Subtract(S.LoadFloats(from + t), centre), root), to + t);
                }
            }

            /// <summary>q' of some queries.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackQueries<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                GatherAgain(Q(token), count, _workspace.Queries);
                Pack<V, S>(_workspace.Queries, _state.QueryMean);
            }

            /// <summary>k' of some keys, their weights w, 0 beyond the last, and their values as they are.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackKeys<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                GatherAgain(K(token), count, w.Keys);
                Gather(Values(token), 3 * _width, count, w.Values);
                Pack<V, S>(w.Keys, _state.KeyMean);
                if (IsCentred(_state.QueryMean))
                {
                    int bytes = S.Count * sizeof(T);
                    if (bytes == 64) Exponents<Vector512<double>, F64x8>();
                    else if (bytes == 32) Exponents<Vector256<double>, F64x4>();
                    else Exponents<Vector128<double>, F64x2>();
                    S.Exp(w.Weights, w.Tokens);
                }
                else
                {
                    new Span<T>(w.Weights, count).Fill(S.Round(1));
                }

                new Span<T>(w.Weights + count, w.Tokens - count).Clear();
            }

            private bool IsCentred(double* mean)
            {
                for (int v = 0; v < _d; v++) if (mean[v] != 0) return true;
                return false;
            }
        }
    }
}
