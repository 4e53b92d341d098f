// Scratch memory. A head's state is what its parts hand to one another: sums of each part, means, moments. A workspace is
// what one thread needs for a block of tokens. Neither grows with tokens × features: parts are at most 16.
// Everything that vectors are loaded from begins at a line of the cache: a load across two of them is two loads.

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private const int TokensPerPart = 4096, MostParts = 16;
    private const int BlockElements = 3 << 12; // stored monomials of a block
    private const int Line = 8; // doubles

    private static int PartsOf(int tokens) => Math.Clamp(tokens / TokensPerPart, 1, MostParts);

    private static nint Lines(nint doubles) => (doubles + Line - 1) / Line * Line;

    private static int BlockOf(int tokens, int stored)
    {
        int room = Math.Clamp(BlockElements / stored, 4 * FeatureBlock.TokenStep, 8 * FeatureBlock.TokenStep);
        int needed = (tokens + FeatureBlock.TokenStep - 1) / FeatureBlock.TokenStep * FeatureBlock.TokenStep;
        return Math.Min(room / FeatureBlock.TokenStep * FeatureBlock.TokenStep, needed);
    }

    /// <summary>The layout of one head's state.</summary>
    private readonly struct HeadState<T> where T : unmanaged
    {
        /// <summary>Per part, SumRow numbers: sums of q and k, then largest squares and exponents, then sums of gradients.</summary>
        public readonly double* Sums;

        /// <summary>q̄, k̄ and mean gradients, d each.</summary>
        public readonly double* QueryMean, KeyMean, QueryShift, KeyShift;

        /// <summary>R, and the largest exponent of the keys' weights.</summary>
        public readonly double* Radius, Top;

        /// <summary>Per part: moments of the keys, then of the queries.</summary>
        public readonly double* Moments;

        /// <summary>Moments with coefficients, [d + 1, Rows]: for the forward pass's products, and for gradients.</summary>
        public readonly T* Forward, Backward;

        public readonly int SumRow, Rows;
        public readonly nint MomentRow;

        public HeadState(double* start, int parts, int d, int features)
        {
            SumRow = (4 * d) + 8;
            Rows = FeatureBlock.PadRows(features);
            MomentRow = (nint)Rows * (d + 1);
            Sums = start;
            QueryMean = Sums + ((nint)parts * SumRow);
            KeyMean = QueryMean + d;
            QueryShift = KeyMean + d;
            KeyShift = QueryShift + d;
            Radius = KeyShift + d;
            Top = Radius + 1;
            Moments = start + Lines(((nint)parts * SumRow) + (4 * d) + 2);
            Forward = (T*)(Moments + (parts * MomentRow));
            Backward = (T*)((double*)Forward + MomentRow);
        }

        public static nint Doubles(int parts, int d, int features) =>
            Lines((parts * (nint)((4 * d) + 8)) + (4 * d) + 2) + ((parts + 2) * (nint)FeatureBlock.PadRows(features) * (d + 1));
    }

    /// <summary>The layout of one thread's memory for a block of tokens.</summary>
    private readonly struct Workspace<T> where T : unmanaged
    {
        public readonly int Tokens;
        public readonly nint Stride;
        public readonly T* X, Y, N, Weights, Monomials, Gradients, Dx, Lanes, BlockSums;

        /// <summary>Queries, keys, values, and two blocks of other rows, [d, tokens]; one token after another.</summary>
        public readonly float* Queries, Keys, Values, Raw, Raw2, Rows;

        /// <summary>Exponents of weights; sixteen lanes of a sum.</summary>
        public readonly double* Exponents, Sums;

        public Workspace(double* start, int tokens, int d, int stored, int gradients)
        {
            Tokens = tokens;
            Stride = tokens + FeatureBlock.Lanes;
            Exponents = start;
            Sums = Exponents + Stride;
            Queries = (float*)(Sums + FeatureBlock.Lanes);
            Keys = Queries + (d * Stride);
            Values = Keys + (d * Stride);
            Raw = Values + (d * Stride);
            Raw2 = Raw + (d * Stride);
            Rows = Raw2 + (d * Stride);
            X = (T*)(Rows + (d * Stride));
            Y = X + ((d + 1) * Stride);
            N = Y + ((d + 1) * Stride);
            Weights = N + ((d + 1) * Stride);
            Dx = Weights + Stride;
            Monomials = Dx + (d * Stride);
            Gradients = Monomials + (MonomialRows(stored) * Stride);
            Lanes = Gradients + (FeatureBlock.PadRows(gradients) * 2 * FeatureBlock.Lanes);
            BlockSums = Lanes + FeatureBlock.TileLanes;
        }

        public static nint Doubles(int tokens, int d, int features, int stored, int gradients, int bytes)
        {
            nint stride = tokens + FeatureBlock.Lanes;
            nint elements = (((4 * d) + 4 + MonomialRows(stored)) * stride) + (FeatureBlock.PadRows(gradients) * 2 * FeatureBlock.Lanes) + FeatureBlock.TileLanes + (FeatureBlock.PadRows(features) * (nint)(d + 1));
            return stride + FeatureBlock.Lanes + (3 * d * stride) + (elements * bytes / sizeof(double));
        }

        // With those that tiles reach beyond the last.
        private static nint MonomialRows(int stored) => stored + 3;
    }
}
