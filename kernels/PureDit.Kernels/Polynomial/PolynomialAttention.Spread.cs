// How far scores spread: R = max|q'|·max|k'| after subtracting the mean of the queries, the mean of the keys, or neither,
// whichever leaves the smaller norms: subtracting a mean changes nothing but R, and with few far-off tokens it may make R larger.

using System.Runtime.CompilerServices;

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

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Sum(int part)
            {
                double* sums = SumsOf(part);
                new Span<double>(sums, _state.SumRow).Clear();
                double query = 0, key = 0;
                (int first, int end) = Range(part);
                for (int token = first; token < end; token++)
                {
                    float* q = Q(token), k = K(token);
                    double qq = 0, kk = 0;
                    for (int v = 0; v < _d; v++)
                    {
                        double a = q[v], b = k[v];
                        sums[v] += a;
                        sums[_d + v] += b;
                        qq += a * a;
                        kk += b * b;
                    }

                    (query, key) = (Math.Max(query, qq), Math.Max(key, kk));
                }

                (sums[LargestQuery], sums[LargestKey]) = (query, key);
            }

            private void Centre()
            {
                for (int v = 0; v < _d; v++) (_state.QueryMean[v], _state.KeyMean[v]) = (Total(v) / _tokens, Total(_d + v) / _tokens);
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

            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            private void Extend(int part)
            {
                double query = 0, key = 0, top = double.NegativeInfinity;
                (int first, int end) = Range(part);
                double* queryMean = _state.QueryMean, keyMean = _state.KeyMean;
                for (int token = first; token < end; token++)
                {
                    float* q = Q(token), k = K(token);
                    double qq = 0, kk = 0;
                    for (int v = 0; v < _d; v++)
                    {
                        double a = q[v] - queryMean[v], b = k[v] - keyMean[v];
                        qq += a * a;
                        kk += b * b;
                    }

                    (query, key, top) = (Math.Max(query, qq), Math.Max(key, kk), Math.Max(top, Exponent(k)));
                }

                double* sums = SumsOf(part);
                (sums[LargestCentredQuery], sums[LargestCentredKey], sums[LargestExponent]) = (query, key, top);
            }

            /// <summary>s·q̄·k: what the queries' mean adds to every score of a key.</summary>
            private double Exponent(float* k)
            {
                double sum = 0;
                for (int v = 0; v < _d; v++) sum += _state.QueryMean[v] * k[v];
                return _root * _root * sum;
            }

            private void Spread()
            {
                double query = Least(LargestQuery, LargestCentredQuery, _state.QueryMean, out bool isCentred);
                double key = Least(LargestKey, LargestCentredKey, _state.KeyMean, out _);
                double radius = Math.Sqrt(query) * Math.Sqrt(key) * _root * _root;
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
