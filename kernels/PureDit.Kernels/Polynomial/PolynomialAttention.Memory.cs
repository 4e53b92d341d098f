// Scratch memory. A head's state is what its parts hand to one another: sums of each part, means, moments. A workspace is
// what one thread needs for a block of tokens. Neither grows with tokens × features: parts are at most 16.

namespace PureDit.Kernels;

public static unsafe partial class PolynomialAttention
{
    private const int TokensPerPart = 4096, MostParts = 16;
    private const int FlushTokens = 2048; // that float sums run over before a double takes them up
    private const int BlockElements = 1 << 16; // features of a block: they stay in the second-level cache

    private static int PartsOf(int tokens) => Math.Clamp(tokens / TokensPerPart, 1, MostParts);

    private static int BlockOf(int tokens, int features)
    {
        int room = Math.Clamp(BlockElements / Math.Max(1, features), FeatureBlock.TokenStep, 8 * FeatureBlock.TokenStep);
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

        /// <summary>Moments with coefficients: [r, d + 1] of the forward pass, [r', d + 1] of the backward pass.</summary>
        public readonly T* Forward, Backward;

        public readonly int SumRow;
        public readonly nint MomentRow;

        public HeadState(double* start, int parts, int d, int features)
        {
            SumRow = (4 * d) + 8;
            MomentRow = (nint)FeatureBlock.PadRows(features) * (d + 1);
            Sums = start;
            QueryMean = Sums + ((nint)parts * SumRow);
            KeyMean = QueryMean + d;
            QueryShift = KeyMean + d;
            KeyShift = QueryShift + d;
            Radius = KeyShift + d;
            Top = Radius + 1;
            Moments = Top + 7;
            Forward = (T*)(Moments + (parts * MomentRow));
            Backward = (T*)((double*)Forward + MomentRow);
        }

        public static nint Doubles(int parts, int d, int features) =>
            (parts * (nint)((4 * d) + 8)) + (4 * d) + 8 + ((parts + 2) * (nint)FeatureBlock.PadRows(features) * (d + 1)) + 8;
    }

    /// <summary>The layout of one thread's memory for a block of tokens.</summary>
    private readonly struct Workspace<T> where T : unmanaged
    {
        public readonly int Tokens;
        public readonly nint Stride;
        public readonly T* X, Y, N, Weights, Monomials, Gradients, Dx, Lanes;

        /// <summary>Two blocks of rows as they come, side by side, and one token after another.</summary>
        public readonly float* Raw, Raw2, Rows;

        /// <summary>Exponents of weights; sixteen lanes of a sum.</summary>
        public readonly double* Exponents, Sums;

        public Workspace(double* start, int tokens, int d, int features)
        {
            int rows = FeatureBlock.PadRows(features);
            Tokens = tokens;
            Stride = tokens + FeatureBlock.Lanes;
            Exponents = start;
            Sums = Exponents + Stride;
            Raw = (float*)(Sums + FeatureBlock.Lanes);
            Raw2 = Raw + (d * Stride);
            Rows = Raw2 + (d * Stride);
            X = (T*)(Rows + (d * Stride));
            Y = X + (d * Stride);
            N = Y + ((d + 1) * Stride);
            Weights = N + ((d + 1) * Stride);
            Dx = Weights + Stride;
            Monomials = Dx + (d * Stride);
            Gradients = Monomials + (rows * Stride);
            Lanes = Gradients + (rows * Stride);
            for (T* at = Monomials + (features * Stride); at < Gradients; at++) *at = default; // what tiles read beyond the last row
        }

        public static nint Doubles(int tokens, int d, int features, int bytes)
        {
            nint stride = tokens + FeatureBlock.Lanes, rows = FeatureBlock.PadRows(features);
            nint elements = (((4 * d) + 3 + (2 * rows)) * stride) + (rows * (d + 1) * FeatureBlock.Lanes);
            return stride + FeatureBlock.Lanes + (3 * d * stride / 2) + (elements * bytes / sizeof(double)) + 16;
        }
    }
}
