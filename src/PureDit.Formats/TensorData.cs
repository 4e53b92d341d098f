namespace PureDit.Formats;

// The data of a safetensors file in memory: one array while that is possible, so that a million small tensors cost
// nothing beyond their bytes, else arrays of whole tensors.
internal sealed class TensorData
{
    private readonly List<(long Begin, byte[] Bytes)> _blocks = [];

    private TensorData()
    {
    }

    public ReadOnlyMemory<byte> this[long begin, long end]
    {
        get
        {
            int at = _blocks.Count - 1;
            while (_blocks[at].Begin > begin) at--;
            return _blocks[at].Bytes.AsMemory((int)(begin - _blocks[at].Begin), (int)(end - begin));
        }
    }

    // No tensor is longer than a block may be.
    public static TensorData Read(
        ReadOnlySpan<SafetensorsHeader.Place> tensors, long length, SpanReader read, int longestBlock = 0x7FFF_FFC7)
    {
        TensorData data = new();
        long begin = 0;
        for (int i = 0; i <= tensors.Length; i++)
        {
            long end = i < tensors.Length ? tensors[i].Begin : length;
            bool fits = i < tensors.Length && tensors[i].End - begin <= longestBlock;
            if (fits) continue;
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)(end - begin)));
            read(bytes);
            data._blocks.Add((begin, bytes));
            begin = end;
        }

        return data;
    }
}

// Fills bytes with those that come next.
internal delegate void SpanReader(Span<byte> bytes);
