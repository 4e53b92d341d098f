using Xunit;

namespace PureDit.TestSupport;

/// <summary>
/// A buffer filled with NaN between two stretches of canaries: an element that a kernel forgets to write stays NaN,
/// and one that it writes outside its span breaks a canary.
/// </summary>
public sealed class GuardedBuffer
{
    private const int Margin = 64;
    private const int CanaryBits = 0x7FC0DEAD; // a NaN with a payload of its own
    private readonly float[] _storage;
    private readonly int _length;

    public GuardedBuffer(int length)
    {
        _length = length;
        _storage = new float[length + (2 * Margin)];
        Array.Fill(_storage, BitConverter.Int32BitsToSingle(CanaryBits));
        Span.Fill(float.NaN);
    }

    public GuardedBuffer(ReadOnlySpan<float> values)
        : this(values.Length) => values.CopyTo(Span);

    public Span<float> Span => _storage.AsSpan(Margin, _length);

    public void AssertCanariesIntact()
    {
        for (int i = 0; i < _storage.Length; i++)
        {
            if (i >= Margin && i < Margin + _length) continue;
            if (BitConverter.SingleToInt32Bits(_storage[i]) != CanaryBits)
            {
                Assert.Fail($"A write outside the span, at index {i - Margin} of a span of {_length}.");
            }
        }
    }
}
