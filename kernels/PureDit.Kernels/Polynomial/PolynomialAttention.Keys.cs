// The two passes over the keys: their moments, and their gradients.

using System.Runtime.CompilerServices;

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
                for (int token = first, taken = 0; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    PackKeys<V, S>(token, count);
                    for (int c = 0; c < _d; c++)
                    {
                        T* row = w.Y + (c * w.Stride);
                        for (int t = 0; t < count; t++) row[t] = S.Round(Values(token + t)[c]);
                        new Span<T>(row + count, w.Tokens - count).Clear();
                    }

                    new Span<T>(w.Y + (_d * w.Stride), w.Tokens).Fill(S.Round(1));
                    new Span<T>(w.Weights, w.Tokens).CopyTo(new Span<T>(w.Monomials, w.Tokens));
                    Monomials<V, S>();
                    AddMoments<V, S>(part, token + w.Tokens >= end, ref taken);
                }
            }

            private void FinishKeys<V, S>() where V : struct where S : struct, IFeatureLanes<T, V> => Finish<V, S>();

            // k' side by side, and w; beyond the last token zeros.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void PackKeys<V, S>(int token, int count) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                double top = *_state.Top;
                for (int v = 0; v < _d; v++)
                {
                    T* row = w.X + (v * w.Stride);
                    double mean = _state.KeyMean[v];
                    for (int t = 0; t < count; t++) row[t] = S.Round((K(token + t)[v] - mean) * _root);
                    new Span<T>(row + count, w.Tokens - count).Clear();
                }

                for (int t = 0; t < count; t++) w.Weights[t] = S.Round(Exponent(K(token + t)) - top);
                new Span<T>(w.Weights + count, w.Tokens - count).Clear();
                S.Exp(w.Weights, w.Tokens);
                new Span<T>(w.Weights + count, w.Tokens - count).Clear();
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
                    for (int c = 0; c < _d; c++)
                    {
                        T* row = w.Y + (c * w.Stride);
                        for (int t = 0; t < count; t++) row[t] = S.Round(Values(token + t)[c] * S.Widen(w.Weights[t]));
                        new Span<T>(row + count, w.Tokens - count).Clear();
                    }

                    new Span<T>(w.Weights, w.Tokens).CopyTo(new Span<T>(w.Y + (_d * w.Stride), w.Tokens));
                    Ones<V, S>();
                    Monomials<V, S>();
                    Gradient<V, S>();
                    Contract<V, S>(_state.Forward, Columns);
                    for (int t = 0; t < count; t++) WriteKey<V, S>(token + t, t, sums);
                }
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void WriteKey<V, S>(int token, int t, double* sums) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                float* dK = _dQ + ((nint)token * 3 * _width) + _width, dV = dK + _width, k = K(token), v = Values(token);
                double weight = S.Widen(w.Weights[t]), column = weight * S.Widen(w.N[(_d * w.Stride) + t]);
                for (int c = 0; c < _d; c++)
                {
                    double dValue = weight * S.Widen(w.N[(c * w.Stride) + t]);
                    dV[c] += (float)dValue;
                    column += v[c] * dValue;
                }

                for (int c = 0; c < _d; c++)
                {
                    double dKey = _root * S.Widen(w.Dx[(c * w.Stride) + t]);
                    dK[c] += (float)(dKey + (_root * _root * _state.QueryMean[c] * column));
                    sums[c] += column * k[c];
                    sums[KeyGradientSums + c] += dKey;
                }
            }
            // [/doc:linear-attention-key-gradients]

            private void Monomials<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                MonomialTable table = _kernel._tables!.Monomials;
                FeatureBlock.Monomials<T, V, S>(
                    table.Parent[.._kernel._features], table.Variable, _workspace.X, _workspace.Tokens, _workspace.Stride, _workspace.Monomials);
            }

            private void Ones<V, S>() where V : struct where S : struct, IFeatureLanes<T, V> =>
                new Span<T>(_workspace.Monomials, _workspace.Tokens).Fill(S.Round(1));

            private void Gradient<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                FeatureBlock.Gradient<T, V, S>(
                    _kernel._tables!.Monomials, _kernel._features, w.Monomials, w.X, _state.Backward, w.Y, Columns, w.Tokens, w.Stride, w.Gradients, w.Dx);
            }

            // N = m(x)·z, for some columns of the forward pass's moments.
            private void Contract<V, S>(T* z, int columns) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                for (int c = 0; c < columns; c++) new Span<T>(w.N + (c * w.Stride), w.Tokens).Clear();
                FeatureBlock.Contract<T, V, S>(w.Monomials, _kernel._tables!.Count, z, Columns, columns, w.Tokens, w.Stride, w.N);
            }

            private double* MomentsOf(int part) => _state.Moments + (part * _state.MomentRow);

            private void BeginMoments(int part)
            {
                new Span<double>(MomentsOf(part), (int)_state.MomentRow).Clear();
                new Span<T>(_workspace.Lanes, (int)_state.MomentRow * FeatureBlock.Lanes).Clear();
            }

            // Float sums of at most 2048 tokens, 128 to a lane, then doubles.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void AddMoments<V, S>(int part, bool isLast, ref int taken) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                Workspace<T> w = _workspace;
                FeatureBlock.Accumulate<T, V, S>(w.Monomials, _kernel._features, w.Y, Columns, w.Tokens, w.Stride, w.Lanes);
                taken += w.Tokens;
                if (taken < FlushTokens && !isLast) return;
                taken = 0;
                double* moments = MomentsOf(part);
                T* lanes = w.Lanes;
                for (int i = 0; i < _kernel._features * Columns; i++, lanes += FeatureBlock.Lanes)
                {
                    double a = 0, b = 0, c = 0, d = 0; // four chains: an addition takes four cycles
                    for (int lane = 0; lane < FeatureBlock.Lanes; lane += 4)
                    {
                        a += S.Widen(lanes[lane]);
                        b += S.Widen(lanes[lane + 1]);
                        c += S.Widen(lanes[lane + 2]);
                        d += S.Widen(lanes[lane + 3]);
                    }

                    moments[i] += (a + b) + (c + d);
                }

                new Span<T>(w.Lanes, (int)_state.MomentRow * FeatureBlock.Lanes).Clear();
            }

            // Parts in order, times the coefficients: of P for the forward pass's products, of G (or P) for gradients.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Finish<V, S>() where V : struct where S : struct, IFeatureLanes<T, V>
            {
                FeatureTables tables = _kernel._tables!;
                for (int i = 0; i < _kernel._features; i++)
                {
                    for (int c = 0; c < Columns; c++)
                    {
                        nint at = ((nint)i * Columns) + c;
                        double sum = 0;
                        for (int part = 0; part < _kernel._parts; part++) sum += MomentsOf(part)[at];
                        if (i < tables.Count) _state.Forward[at] = S.Round(tables.Forward[i] * sum);
                        if (_kernel._backward) _state.Backward[at] = S.Round(tables.Backward[i] * sum);
                    }
                }
            }
        }
    }
}
