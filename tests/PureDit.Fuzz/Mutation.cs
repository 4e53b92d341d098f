// Edits that know what they edit: bits and bytes, numbers, tokens of the text, the length in front of it. One to four
// of them make an input; most of the time the length is then made right again.

using System.Buffers.Binary;

namespace PureDit.Fuzz;

public static class Mutation
{
    private static readonly byte[] s_bytes = [0, 1, 0x7F, 0x80, 0xFF];

    private static readonly byte[][] s_numbers = [.. new[]
    {
        "-1", "-0", "0", "1", "2", "2147483647", "2147483648", "4294967295", "4294967296", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e2", "1e400", "-1e400", "1e-400", "1.5", "01", "NaN", "Infinity",
        new string('9', 400),
    }.Select(System.Text.Encoding.ASCII.GetBytes)];

    public static void Apply(Draft draft, FuzzRandom random, IReadOnlyList<byte[]> words)
    {
        for (int edits = 1 + random.Below(4); edits > 0; edits--)
        {
            switch (random.Below(12))
            {
                case 0: Flip(draft, random); break;
                case 1: Set(draft, random); break;
                case 2 or 3: Number(draft, random, random.Of(s_numbers)); break;
                case 4: Digit(draft, random); break;
                case 5 or 6: Insert(draft, random, random.Of(words)); break;
                case 7: Duplicate(draft, random); break;
                case 8: Delete(draft, random); break;
                case 9: Swap(draft, random); break;
                case 10: Tail(draft, random); break;
                default: LengthField(draft, random); break;
            }
        }
    }

    /// <summary>Writes the length of the text into the bytes just before it, as many as there are up to eight.</summary>
    public static void RepairLength(Draft draft, int size)
    {
        if (draft.TextStart < size) return;
        ulong length = (ulong)draft.Text.Length;
        Span<byte> field = draft.Bytes.Slice(draft.TextStart - size, size);
        for (int i = 0; i < size; i++) field[i] = (byte)(length >> (8 * i));
    }

    private static void Flip(Draft draft, FuzzRandom random)
    {
        if (draft.Length > 0) draft.Bytes[random.Below(draft.Length)] ^= (byte)(1 << random.Below(8));
    }

    private static void Set(Draft draft, FuzzRandom random)
    {
        if (draft.Length > 0) draft.Bytes[random.Below(draft.Length)] = random.Of(s_bytes);
    }

    private static void Number(Draft draft, FuzzRandom random, byte[] number)
    {
        (int at, int length) = Digits(draft, random);
        if (length > 0) draft.Replace(at, length, number);
    }

    private static void Digit(Draft draft, FuzzRandom random)
    {
        (int at, int length) = Digits(draft, random);
        if (length == 0) return;
        byte digit = (byte)('0' + random.Below(10));
        int removed = random.Below(2);
        draft.Replace(at + random.Below(length), removed, random.Below(3) == 0 ? [] : [digit]);
    }

    private static void Insert(Draft draft, FuzzRandom random, byte[] word)
    {
        (int at, int length) = Token(draft, random);
        draft.Replace(at, random.Below(2) == 0 ? length : 0, word);
    }

    private static void Duplicate(Draft draft, FuzzRandom random)
    {
        (int at, int length) = Token(draft, random);
        int more = Math.Min(random.Below(40), draft.TextEnd - at - length); // sometimes a whole field
        byte[] copy = draft.Bytes.Slice(at, length + Math.Max(0, more)).ToArray();
        draft.Replace(random.Below(2) == 0 ? at : Token(draft, random).At, 0, copy);
    }

    private static void Delete(Draft draft, FuzzRandom random)
    {
        (int at, int length) = Token(draft, random);
        draft.Replace(at, length, []);
    }

    private static void Swap(Draft draft, FuzzRandom random)
    {
        (int first, int length) = Token(draft, random);
        byte[] a = draft.Bytes.Slice(first, length).ToArray();
        (int second, int otherLength) = Token(draft, random);
        if (second <= first + length) return;
        byte[] b = draft.Bytes.Slice(second, otherLength).ToArray();
        draft.Replace(second, otherLength, a);
        draft.Replace(first, length, b);
    }

    private static void Tail(Draft draft, FuzzRandom random)
    {
        int at = random.Below(draft.Length + 1);
        if (random.Below(2) == 0) draft.Replace(at, draft.Length - at, []);
        else draft.Replace(draft.Length, 0, new byte[1 + random.Below(16)]);
    }

    private static void LengthField(Draft draft, FuzzRandom random)
    {
        int size = Math.Min(8, draft.TextStart);
        if (size == 0) return;
        Span<byte> field = draft.Bytes.Slice(draft.TextStart - size, size);
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        field.CopyTo(wide);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(wide);
        value = random.Below(6) switch
        {
            0 => value + 1,
            1 => value - 1,
            2 => value + 8,
            3 => value - 8,
            4 => 1UL << random.Below(64),
            _ => (1UL << random.Below(64)) - 1,
        };
        BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
        wide[..size].CopyTo(field);
    }

    // A run of digits of the text, or nothing.
    private static (int At, int Length) Digits(Draft draft, FuzzRandom random)
    {
        ReadOnlySpan<byte> bytes = draft.Bytes[..draft.TextEnd];
        int at = draft.TextStart + random.Below(draft.Text.Length + 1);
        while (at < bytes.Length && !char.IsAsciiDigit((char)bytes[at])) at++;
        int end = at;
        while (end < bytes.Length && char.IsAsciiDigit((char)bytes[end])) end++;
        return (at, end - at);
    }

    // A word, a quoted text or one other character; empty at the end of the text.
    private static (int At, int Length) Token(Draft draft, FuzzRandom random)
    {
        int at = draft.TextStart + random.Below(draft.Text.Length + 1);
        ReadOnlySpan<byte> rest = draft.Bytes[at..draft.TextEnd];
        if (rest.IsEmpty) return (at, 0);
        if (rest[0] is (byte)'"' or (byte)'\'')
        {
            int end = rest[1..].IndexOf(rest[0]);
            return (at, end < 0 ? 1 : end + 2);
        }

        int length = 0;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit((char)rest[length]) || rest[length] is (byte)'_' or (byte)'.')) length++;
        return (at, Math.Max(1, length));
    }
}
