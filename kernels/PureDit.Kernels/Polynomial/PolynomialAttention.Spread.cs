// How far scores spread: R = max|q'|·max|k'| after subtracting the mean of the queries, the mean of the keys, or neither,
// whichever leaves the smaller norms: subtracting a mean changes nothing but R, and with few far-off tokens it may make R larger.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private partial struct HeadsKernel
    {
        private readonly partial struct Work<T> where T : unmanaged
        {
            // Places in a part's row of sums, after Σq and Σk; then gradients. Σ p_j·k_j takes the place of Σq.
            private int LargestQuery => 2 * _d;

            private int LargestKey => (2 * _d) + 1;

            private int LargestCentredQuery => (2 * _d) + 2;

            private int LargestCentredKey => (2 * _d) + 3;

            private int LargestExponent => (2 * _d) + 4;

            private int QueryGradients => (2 * _d) + 8;

            private int KeyGradientSums => (3 * _d) + 8;

            private double* SumsOf(int part) => _state.Sums + ((nint)part * _state.SumRow);

            // In double at the widest vectors there are, whatever features are.
            private void Measure<V, S>(Step step, int part) where V : struct where S : struct, IFeatureLanes<T, V>
            {
                int bytes = S.Count * sizeof(T);
                if (bytes == 64) Measure<Vector512<double>, F64x8>(step == Step.Sum, part);
                else if (bytes == 32) Measure<Vector256<double>, F64x4>(step == Step.Sum, part);
                else Measure<Vector128<double>, F64x2>(step == Step.Sum, part);
            }

            private void Measure<V, S>(bool sum, int part) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                if (sum) Sum<V, S>(part);
                else Extend<V, S>(part);
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Sum<V, S>(int part) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                double* sums = SumsOf(part);
                new Span<double>(sums, _state.SumRow).Clear();
                double query = 0, key = 0;
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    Gather(Q(token), 3 * _width, count, w.Queries);
                    Gather(K(token), 3 * _width, count, w.Keys);
                    query = Math.Max(query, AddTo<V, S>(sums, w.Queries));
                    key = Math.Max(key, AddTo<V, S>(sums + _d, w.Keys));
                }

                (sums[LargestQuery], sums[LargestKey]) = (query, key);
            }

            /// <summary>sums += Σ_t x; returns max_t |x|².</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private double AddTo<V, S>(double* sums, float* x) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                double* squares = w.Exponents; // which are not there yet
                for (int v = 0; v < _d; v++, x += w.Stride)
                {
                    for (int lane = 0; lane < FeatureBlock.Lanes; lane += S.Count)
                    {
                        V sum = S.Zero;
                        for (int t = lane; t < w.Tokens; t += FeatureBlock.Lanes)
                        {
                            V value = S.LoadFloats(x + t), square = v == 0 ? S.Zero : S.Load(squares + t);
                            sum = S.Add(sum, value);
                            S.Store(S.MultiplyAdd(value, value, square), squares + t);
                        }

                        S.Store(sum, w.Sums + lane);
                    }

                    sums[v] += F64x2.SumLanes(w.Sums);
                }

                V largest = S.Zero;
                for (int t = 0; t < w.Tokens; t += S.Count) largest = S.Max(S.Load(squares + t), largest);
                return Largest<V, S>(largest, 0);
            }

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Extend<V, S>(int part) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                V query = S.Zero, key = S.Zero, top = S.Broadcast(double.NegativeInfinity), scale = S.Broadcast(_root * _root);
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    if (!IsOneBlock)
                    {
                        Gather(Q(token), 3 * _width, count, w.Queries);
                        Gather(K(token), 3 * _width, count, w.Keys);
                    }

                    Pad(w.Queries, count, repeat: true);
                    Pad(w.Keys, count, repeat: true);
                    for (int t = 0; t < w.Tokens; t += S.Count)
                    {
                        V querySquare = S.Zero, keySquare = S.Zero, exponent = S.Zero;
                        float* q = w.Queries + t, k = w.Keys + t;
                        for (int v = 0; v < _d; v++, q += w.Stride, k += w.Stride)
                        {
                            V mean = S.Broadcast(_state.QueryMean[v]), value = S.LoadFloats(k);
                            V queryPart = S.Subtract(S.LoadFloats(q), mean), keyPart = S.Subtract(value, S.Broadcast(_state.KeyMean[v]));
                            querySquare = S.MultiplyAdd(queryPart, queryPart, querySquare);
                            keySquare = S.MultiplyAdd(keyPart, keyPart, keySquare);
                            exponent = S.MultiplyAdd(mean, value, exponent);
                        }

                        (query, key, top) = (S.Max(querySquare, query), S.Max(keySquare, key), S.Max(S.Multiply(scale, exponent), top));
                    }
                }

                double* sums = SumsOf(part);
                (sums[LargestCentredQuery], sums[LargestCentredKey]) = (Largest<V, S>(query, 0), Largest<V, S>(key, 0));
                sums[LargestExponent] = Largest<V, S>(top, double.NegativeInfinity);
            }

            private double Largest<V, S>(V lanes, double least) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                S.Store(lanes, _workspace.Sums);
                for (int lane = 0; lane < S.Count; lane++) least = Math.Max(least, _workspace.Sums[lane]);
                return least;
            }

            // Any centre will do: one that is a float leaves differences that round once.
            private void Centre()
            {
                for (int v = 0; v < _d; v++) (_state.QueryMean[v], _state.KeyMean[v]) = ((float)(Total(v) / _tokens), (float)(Total(_d + v) / _tokens));
            }

            /// <summary>s·q̄·k less its largest: what the queries' mean adds to every score of a key.</summary>
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Exponents<V, S>() where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                V scale = S.Broadcast(_root * _root), top = S.Broadcast(*_state.Top);
                for (int t = 0; t < w.Tokens; t += S.Count)
                {
                    V sum = S.Zero;
                    float* at = w.Keys + t;
                    for (int v = 0; v < _d; v++, at += w.Stride) sum = S.MultiplyAdd(S.Broadcast(_state.QueryMean[v]), S.LoadFloats(at), sum);
                    StoreNarrow<V, S>(S.Subtract(S.Multiply(scale, sum), top), w.Weights + t);
                }
            }

            private double Total(int place)
            {
                double sum = 0;
                for (int part = 0; part < _kernel._parts; part++) sum += SumsOf(part)[place];
                return sum;
            }

            private double Largest(int place)
            {
                double largest = SumsOf(0)[place];
                for (int part = 1; part < _kernel._parts; part++) largest = Math.Max(largest, SumsOf(part)[place]);
                return largest;
            }

            private void Spread()
            {
                double query = Least(LargestQuery, LargestCentredQuery, _state.QueryMean, out bool isCentred);
                double key = Least(LargestKey, LargestCentredKey, _state.KeyMean, out _);
                double radius = Math.Sqrt(query) * Math.Sqrt(key) * _root * _root, total = 0;
                for (int v = 0; v < 2 * _d; v++) total += Total(v);
                if (!double.IsFinite(total)) radius = double.NaN; // vectors' maxima pass over what is no number
                *_state.Radius = radius;
                *_state.Top = isCentred ? Largest(LargestExponent) : 0;
                if (_kernel._radii != null) _kernel._radii[_head] = radius;
                double? reach = _kernel._tables?.Polynomial.Radius;
                if (reach is { } fitted && radius > fitted) // a NaN goes on, as it does in exact attention
                {
                    throw new ArgumentException(
                        $"qkv: expected scores within the plan's radius {fitted:G5}, measured {radius:G5} in head {_head}; measure a new plan for these values.", "qkv");
                }
            }

            // The smaller of two largest squares; the mean becomes 0 where subtracting it does not help.
            private double Least(int plain, int centred, double* mean, out bool isCentred)
            {
                double without = Largest(plain), with = Largest(centred);
                isCentred = !_kernel._keepMeans && with < without;
                if (isCentred) return with;
                new Span<double>(mean, _d).Clear();
                return without;
            }
        }
    }
}
