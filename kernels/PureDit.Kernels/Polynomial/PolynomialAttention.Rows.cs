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
            /// <summary>Rows of some tokens as [d, tokens]; after the last one it again, or zeros.</summary>
            private void Gather(float* rows, int rowStride, int count, float* raw, bool repeat)
            {
                Workspace<T> w = _workspace;
                Transpose.Copy(rows, rowStride, count, _d, raw, (int)w.Stride);
                if (count == w.Tokens) return;
                for (int v = 0; v < _d; v++)
                {
                    float* row = raw + (v * w.Stride);
                    new Span<float>(row + count, w.Tokens - count).Fill(repeat ? row[count - 1] : 0);
                }
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
                    for (int c = 0; c < _d; c++) rows[c] += from[c];
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
                Gather(Q(token), 3 * _width, count, _workspace.Raw, repeat: true);
                Pack<V, S>(_workspace.Raw, _state.QueryMean);
            }

            /// <summary>k' of some keys, their weights w, 0 beyond the last, and their values as they are in Raw, keys in Raw2.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackKeys<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                Gather(K(token), 3 * _width, count, w.Raw2, repeat: true);
                Gather(Values(token), 3 * _width, count, w.Raw, repeat: false);
                Pack<V, S>(w.Raw2, _state.KeyMean);
                if (IsCentred(_state.QueryMean))
                {
                    int bytes = S.Count * sizeof(T);
                    if (bytes == 64) Exponents<Vector512<double>, F64x8>(w.Raw2);
                    else if (bytes == 32) Exponents<Vector256<double>, F64x4>(w.Raw2);
                    else Exponents<Vector128<double>, F64x2>(w.Raw2);
                    double top = *_state.Top;
                    for (int t = 0; t < w.Tokens; t++) w.Weights[t] = S.Round(w.Exponents[t] - top);
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
