using System.Globalization;
using System.Text;

namespace PureDit.Formats;

// Scans the text of a .npy header from left to right; it does not recurse, and every mistake names its position.
internal ref struct NpyHeaderScanner(string file, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public NpyHeader Header()
    {
        ElementType? type = null;
        bool ordered = false;
        long[]? shape = null;
        Expect('{');
        while (!Take('}'))
        {
            string key = Quoted();
            Expect(':');
            switch (key)
            {
                case "descr" when type is null: type = Type(); break;
                case "fortran_order" when !ordered: ordered = RowMajor(); break;
                case "shape" when shape is null: shape = Shape(); break;
                default: throw Error($"unexpected or repeated key '{Printable.Text(key)}'");
            }

            if (Take(',')) continue;
            Expect('}');
            break;
        }

        SkipSpaces();
        if (_at != _text.Length - 1 || _text[_at] != '\n') throw Error("expected spaces and one line feed after the closing brace");
        if (type is null || !ordered || shape is null) throw Error("expected the keys descr, fortran_order and shape");
        long length = Elements.ByteLength(shape, type.Value)
            ?? throw Error($"the size overflows (shape {string.Join(", ", shape)})");
        return new NpyHeader(type.Value, shape, length);
    }

    private ElementType Type()
    {
        SkipSpaces();
        if (Peek() == '[') throw Error("it holds records with fields; save each field as an array of its own");
        string descr = Quoted();
        return NpyType.Find(descr) ?? descr switch
        {
            "|O" => throw Error("it holds Python objects, which are pickles and can run code; PureDit never loads them"),
            ['>', ..] => throw Error($"it is big-endian ('{Printable.Text(descr)}'); save it with .astype('<f4')"),
            _ => throw Error($"unknown element type '{Printable.Text(descr)}'"),
        };
    }

    private bool RowMajor()
    {
        SkipSpaces();
        if (TakeWord("False"u8)) return true;
        throw Error(TakeWord("True"u8)
            ? "it is stored column by column; save it with numpy.ascontiguousarray"
            : "expected True or False");
    }

    private long[] Shape()
    {
        List<long> shape = [];
        Expect('(');
        while (!Take(')'))
        {
            if (shape.Count == NpyHeader.MaximumRank) throw Error($"too many dimensions (more than {NpyHeader.MaximumRank})");
            shape.Add(Number());
            if (Take(',')) continue;
            if (shape.Count == 1 && Peek() == ')') throw Error("expected a comma: (n) is a number in Python, (n,) a shape");
            Expect(')');
            break;
        }

        return [.. shape];
    }

    private long Number()
    {
        SkipSpaces();
        int start = _at;
        while (char.IsAsciiDigit(Peek())) _at++;
        ReadOnlySpan<byte> digits = _text[start.._at];
        if (digits.Length == 0) throw Error("expected an unsigned number");
        if (digits.Length > 1 && digits[0] == '0') throw Error("a number begins with zero");
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Error($"a dimension is too large ({digits.Length} digits)");
    }

    private string Quoted()
    {
        SkipSpaces();
        char quote = Peek();
        if (quote is not ('\'' or '"')) throw Error("expected a quoted string");
        int length = _text[(_at + 1)..].IndexOf((byte)quote);
        if (length < 0) throw Error("a quoted string does not end");
        ReadOnlySpan<byte> content = _text.Slice(_at + 1, length);
        if (content.ContainsAnyExceptInRange((byte)' ', (byte)'~') || content.Contains((byte)'\\'))
        {
            throw Error("a quoted string holds an escape or a character that is not printable ASCII");
        }

        _at += length + 2;
        return Encoding.ASCII.GetString(content);
    }

    private bool TakeWord(ReadOnlySpan<byte> word)
    {
        if (!_text[_at..].StartsWith(word)) return false;
        _at += word.Length;
        return true;
    }

    private bool Take(char c)
    {
        SkipSpaces();
        if (Peek() != c) return false;
        _at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Take(c)) throw Error($"expected '{c}'");
    }

    // NUL, which no branch expects, stands for the end.
    private readonly char Peek() => _at < _text.Length ? (char)_text[_at] : '\0';

    private void SkipSpaces()
    {
        while (Peek() == ' ') _at++;
    }

    private readonly NpyException Error(string what) => new(file, $"bad .npy header: {what} (at byte {_at} of its text)");
}
