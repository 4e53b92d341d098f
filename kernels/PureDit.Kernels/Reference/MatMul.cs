// The definition of matrix multiplication, three loops and nothing else:  c_ij = init_ij + Σ_k op(a)_ik · op(b)_kj.
// Read this first; ../MatMul.cs computes the same, faster.

namespace PureDit.Kernels.Reference;

/// <summary>Matrix products by their definition, in double: the text, the oracle of tests, the baseline of benchmarks.</summary>
public static class MatMul
{
    // [doc:matmul-reference]
    /// <summary>c[m,n] (+)= op(a)[m,k] · op(b)[k,n]; a transposed operand is stored the other way round.</summary>
    public static void Multiply(
        ReadOnlySpan<double> a, bool transposeA, ReadOnlySpan<double> b, bool transposeB,
        int m, int n, int k, Span<double> c, bool accumulate = false)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = accumulate ? c[(i * n) + j] : 0;
                for (int p = 0; p < k; p++)
                {
                    sum += (transposeA ? a[(p * m) + i] : a[(i * k) + p]) * (transposeB ? b[(j * k) + p] : b[(p * n) + j]);
                }

                c[(i * n) + j] = sum;
            }
        }
    }
    // [/doc:matmul-reference]

    /// <summary>y[rows,outputs] = x[rows,inputs] · weight[outputs,inputs]ᵀ + bias[outputs]; an empty bias is zero.</summary>
    public static void Linear(
        ReadOnlySpan<double> x, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias,
        int rows, int inputs, int outputs, Span<double> y)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < outputs; j++) y[(i * outputs) + j] = bias.IsEmpty ? 0 : bias[j];
        }

        Multiply(x, false, weight, true, rows, outputs, inputs, y, accumulate: true);
    }
}
