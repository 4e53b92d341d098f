// Packing B for the register tiles: panel by panel, each panel [k, width] contiguous, so that a tile reads b with unit
// stride whatever the layout of B was. The last panel is padded with zeros to whole vectors.

using System.Runtime.CompilerServices;

namespace PureDit.Kernels;

public static partial class MatMul
{
    private struct PackKernel : IKernel
    {
        public Product Product;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<V, S>(int begin, int end) where V : struct where S : struct, ISimd<V>
        {
            for (int panel = begin; panel < end; panel++) PackPanel<V, S>(Product, panel);
        }
    }

    // [doc:matmul-pack]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PackPanel<V, S>(in Product p, int panel) where V : struct where S : struct, ISimd<V>
    {
        int panelWidth = TileVectors<V, S>() * S.Count, firstColumn = panel * panelWidth;
        int columns = Math.Min(panelWidth, p.N - firstColumn), padded = (columns + S.Count - 1) / S.Count * S.Count;
        float* destination = p.Packed + ((nint)firstColumn * p.K);
        if (padded > columns) new Span<float>(destination, padded * p.K).Clear();
        if (p.TransposeB)
        {
            Transpose.Copy(p.B + ((nint)firstColumn * p.K), p.K, columns, p.K, destination, padded);
        }
        else
        {
            for (nint k = 0; k < p.K; k++)
            {
                new ReadOnlySpan<float>(p.B + (k * p.N) + firstColumn, columns)
                    .CopyTo(new Span<float>(destination + (k * padded), columns));
            }
        }
    }
    // [/doc:matmul-pack]
}
