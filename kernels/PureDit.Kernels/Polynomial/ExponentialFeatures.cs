// Features φ_a(x) = e^{w_a·x}, or e^{w_a·x − |x|²/2}, of x = √s·q and √s·k, streamed over blocks of tokens with the products of
// MatMul: what FAVOR+ and Nyström attention share. Memory of a block only, tokens × features is never there; sums of a block
// in float, over blocks in double. A query whose weights do not sum to more than 0 gets zeros. Not tuned as PolynomialAttention is
// (it allocates its block): it stands beside it in comparisons.

namespace PureDit.Kernels;

internal readonly ref struct ExponentialFeatures
{
    private const int Block = 256;
    private readonly Cpu _cpu;
    private readonly AttentionShape _shape;
    private readonly int _features, _columns;
    private readonly float _root;
    private readonly ReadOnlySpan<float> _qkv;
    private readonly Span<float> _o;
    private readonly float[] _x, _phi, _y, _sums;
    private readonly double[] _moments;

    public ExponentialFeatures(Cpu cpu, AttentionShape shape, int features, ReadOnlySpan<float> qkv, Span<float> o)
    {
        Guard.Positive(shape.HeadSize, "shape.HeadSize");
        Guard.Length(qkv, shape.QkvLength);
        Guard.Length<float>(o, shape.OutputLength, nameof(o));
        (_cpu, _shape, _features) = (cpu, shape, features);
        _qkv = qkv;
        _o = o;
        (_columns, _root) = (shape.HeadSize + 1, (float)(1 / Math.Sqrt(Math.Sqrt(shape.HeadSize))));
        (_x, _y) = (new float[Block * shape.HeadSize], new float[Block * _columns]);
        (_phi, _sums, _moments) = (new float[Block * features], new float[features * _columns], new double[features * _columns]);
    }

    public int Heads => _shape.OutputLength == 0 ? 0 : _shape.Batch * _shape.Heads;

    /// <summary>Σ_j φ(k_j)ᵀ[v_j, 1] of the last head whose keys were read, [features, headSize + 1].</summary>
    public Span<double> Moments => _moments;

    public void Keys(int head, ReadOnlySpan<float> directions, bool halfSquares)
    {
        Array.Clear(_moments);
        for (int token = 0; token < _shape.Tokens; token += Block)
        {
            int count = Math.Min(Block, _shape.Tokens - token);
            Features(head, 1, token, count, directions, halfSquares);
            for (int t = 0; t < count; t++)
            {
                Row(head, 2, token + t).CopyTo(_y.AsSpan(t * _columns));
                _y[(t * _columns) + _columns - 1] = 1;
            }

            MatMul.Multiply(_cpu, _phi, true, _y, false, _features, _columns, count, _sums);
            for (int i = 0; i < _moments.Length; i++) _moments[i] += _sums[i];
        }
    }

    public void Queries(int head, ReadOnlySpan<float> directions, bool halfSquares)
    {
        for (int i = 0; i < _moments.Length; i++) _sums[i] = (float)(_moments[i] / _shape.Tokens);
        for (int token = 0; token < _shape.Tokens; token += Block)
        {
            int count = Math.Min(Block, _shape.Tokens - token);
            Features(head, 0, token, count, directions, halfSquares);
            MatMul.Multiply(_cpu, _phi, false, _sums, false, count, _columns, _features, _y);
            for (int t = 0; t < count; t++)
            {
                ReadOnlySpan<float> n = _y.AsSpan(t * _columns, _columns);
                float inverse = n[^1] > 0 ? 1 / n[^1] : 0;
                Span<float> o = _o.Slice((((head / _shape.Heads * _shape.Tokens) + token + t) * _shape.Width) + (head % _shape.Heads * _shape.HeadSize), _shape.HeadSize);
                for (int c = 0; c < o.Length; c++) o[c] = n[c] * inverse;
            }
        }
    }

    /// <summary>Means of equally long stretches of √s·k, [features, headSize].</summary>
    public void KeyMeans(int head, Span<float> means)
    {
        int size = _shape.HeadSize;
        for (int i = 0; i < _features; i++)
        {
            int first = (int)((long)_shape.Tokens * i / _features), end = (int)((long)_shape.Tokens * (i + 1) / _features);
            for (int c = 0; c < size; c++)
            {
                double sum = 0;
                for (int t = first; t < end; t++) sum += Row(head, 1, t)[c];
                means[(i * size) + c] = (float)(_root * sum / (end - first));
            }
        }
    }

    private void Features(int head, int part, int token, int count, ReadOnlySpan<float> directions, bool halfSquares)
    {
        int size = _shape.HeadSize;
        for (int t = 0; t < count; t++)
        {
            ReadOnlySpan<float> row = Row(head, part, token + t);
            for (int c = 0; c < size; c++) _x[(t * size) + c] = _root * row[c];
        }

        MatMul.Multiply(_cpu, _x, false, directions, true, count, _features, size, _phi);
        for (int t = 0; t < count && halfSquares; t++)
        {
            float half = 0;
            for (int c = 0; c < size; c++) half += _x[(t * size) + c] * _x[(t * size) + c] / 2;
            Span<float> phi = _phi.AsSpan(t * _features, _features);
            for (int i = 0; i < phi.Length; i++) phi[i] -= half;
        }

        Span<float> all = _phi.AsSpan(0, count * _features);
        Elementwise.Exp(_cpu, all, all);
    }

    private ReadOnlySpan<float> Row(int head, int part, int token) => _qkv.Slice(
        (((((head / _shape.Heads * _shape.Tokens) + token) * 3) + part) * _shape.Width) + (head % _shape.Heads * _shape.HeadSize), _shape.HeadSize);
}
