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

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Measure<V, S>(bool sum, int part) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                double* sums = SumsOf(part);
                if (sum) new Span<double>(sums, _state.SumRow).Clear();
                double query = 0, key = 0, top = double.NegativeInfinity;
                (int first, int end) = Range(part);
                for (int token = first; token < end; token += w.Tokens)
                {
                    int count = Math.Min(w.Tokens, end - token);
                    Gather(Q(token), 3 * _width, count, w.Raw, repeat: !sum);
                    Gather(K(token), 3 * _width, count, w.Raw2, repeat: !sum);
                    query = Math.Max(query, LargestSquare<V, S>(w.Raw, sum ? null : _state.QueryMean));
                    key = Math.Max(key, LargestSquare<V, S>(w.Raw2, sum ? null : _state.KeyMean));
                    if (sum)
                    {
                        for (int v = 0; v < _d; v++)
                        {
                            sums[v] += Total<V, S>(w.Raw + (v * w.Stride));
                            sums[_d + v] += Total<V, S>(w.Raw2 + (v * w.Stride));
                        }
                    }
                    else
                    {
                        Exponents<V, S>(w.Raw2);
                        for (int t = 0; t < count; t++) top = w.Exponents[t] > top ? w.Exponents[t] : top;
                    }
                }

                if (sum) (sums[LargestQuery], sums[LargestKey]) = (query, key);
                else (sums[LargestCentredQuery], sums[LargestCentredKey], sums[LargestExponent]) = (query, key, top);
            }

            // Any centre will do: one that is a float leaves differences that round once.
            private void Centre()
            {
                for (int v = 0; v < _d; v++) (_state.QueryMean[v], _state.KeyMean[v]) = ((float)(Total(v) / _tokens), (float)(Total(_d + v) / _tokens));
            }

            private double Total<V, S>(float* x) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                for (int lane = 0; lane < FeatureBlock.Lanes; lane += S.Count)
                {
                    V sum = S.Zero;
                    for (int t = lane; t < w.Tokens; t += FeatureBlock.Lanes) sum = S.Add(sum, S.LoadFloats(x + t));
                    S.Store(sum, w.Sums + lane);
                }

                return S.SumLanes(w.Sums);
            }

            private double LargestSquare<V, S>(float* x, double* mean) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                V largest = S.Zero;
                for (int t = 0; t < w.Tokens; t += S.Count)
                {
                    V square = S.Zero;
                    float* at = x + t;
                    for (int v = 0; v < _d; v++, at += w.Stride)
                    {
                        V value = S.LoadFloats(at);
                        if (mean != null) value = S.Subtract(value, S.Broadcast(mean[v]));
                        square = S.MultiplyAdd(value, value, square);
                    }

                    largest = S.Max(square, largest);
                }

                S.Store(largest, w.Sums);
                double result = 0;
                for (int lane = 0; lane < S.Count; lane++) result = Math.Max(result, w.Sums[lane]);
                return result;
            }

            /// <summary>s·q̄·k: what the queries' mean adds to every score of a key.</summary>
            private void Exponents<V, S>(float* keys) where V : struct where S : struct, IFeatureLanes<double, V>
            {
                Workspace<T> w = _workspace;
                V scale = S.Broadcast(_root * _root);
                for (int t = 0; t < w.Tokens; t += S.Count)
                {
                    V sum = S.Zero;
                    float* at = keys + t;
                    for (int v = 0; v < _d; v++, at += w.Stride) sum = S.MultiplyAdd(S.Broadcast(_state.QueryMean[v]), S.LoadFloats(at), sum);
                    S.Store(S.Multiply(scale, sum), w.Exponents + t);
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
