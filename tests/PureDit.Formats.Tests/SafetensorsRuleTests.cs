using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PureDit.TestSupport;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// One family of bad files per rule, generated around a good twin, so that a reader that refuses everything fails too.
public class SafetensorsRuleTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 16)]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", 5)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"\u00e9":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"e\u0301":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}""", 2)]
    [InlineData("""{"__metadata__":{},"../../etc/passwd":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", 1)]
    [InlineData("{}\r\n\t ", 0)]
    [InlineData(Good, 24)]
    public void OddButValid_IsAccepted(string header, int dataLength) => Assert.Equal("accept", Verdict(File(header, dataLength)));

    [Theory]
    [InlineData(" {}", "HeaderStart")]
    [InlineData("\ufeff{}", "HeaderStart")]
    [InlineData("[]", "HeaderStart")]
    [InlineData("null", "HeaderStart")]
    [InlineData("{}{}", "HeaderJson")]
    [InlineData("{}\0", "HeaderJson")]
    [InlineData("{/**/}", "HeaderJson")]
    [InlineData("{'t':1}", "HeaderJson")]
    [InlineData("{\"a\nb\":1}", "HeaderJson")]
    [InlineData("""{"__metadata__":{"a":"1"},}""", "HeaderJson")]
    [InlineData("""{"t":NaN}""", "NotUnsignedInteger")]
    [InlineData("""{"t":-Infinity}""", "NotUnsignedInteger")]
    [InlineData("""{"__metadata__":{"\ud800":"x"}}""", "HeaderUtf16")]
    [InlineData("""{"__metadata__":{"x":"\udc00"}}""", "HeaderUtf16")]
    [InlineData("""{"t":{"dtype\ud800":"F32","shape":[0],"data_offsets":[0,0]}}""", "HeaderUtf16")]
    [InlineData("""{"t":{"dtype":"F\ud80032","shape":[0],"data_offsets":[0,0]}}""", "HeaderUtf16")]
    [InlineData("""{"t":{"dtype":"F32","\u0064type":"F32","shape":[0],"data_offsets":[0,0]}}""", "DuplicateKey")]
    [InlineData("""{"__metadata__":{"a":[[[]]]}}""", "HeaderDepth")]
    [InlineData("""{"__metadata__":{"a":{}}}""", "MetadataNotStringMap")]
    [InlineData("""{"__metadata__":{"a":1}}""", "MetadataNotStringMap")]
    [InlineData("""{"__metadata__":null}""", "MetadataNotStringMap")]
    [InlineData("""{"__metadata__":{"a":"1","\u0061":"2"}}""", "DuplicateKey")]
    [InlineData("""{"__metadata__":{},"\u005f_metadata__":{}}""", "DuplicateKey")]
    [InlineData("""{"__metadata__":{"\u0061":"1","a":"2"}}""", "DuplicateKey")]
    [InlineData("""{"__metadata__":{"\u0061b":"1","a\u0062":"2"}}""", "DuplicateKey")]
    [InlineData("""{"t":[]}""", "TensorInfoShape")]
    [InlineData("""{"t":{}}""", "TensorInfoShape")]
    [InlineData("""{"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":0}}""", "TensorInfoShape")]
    [InlineData("""{"t":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "DuplicateKey")]
    [InlineData("""{"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "TensorName")]
    [InlineData("""{"\u001b[2J":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "TensorName")]
    public void HeaderFault_HasItsRule(string header, string rule) => Assert.Equal(rule, Verdict(File(header, 0)));

    [Theory]
    [InlineData("\"F128\"", "[2]", "[0,8]", "UnsupportedDtype")]
    [InlineData("\"f32\"", "[2]", "[0,8]", "UnsupportedDtype")]
    [InlineData("5", "[2]", "[0,8]", "UnsupportedDtype")]
    [InlineData("\"F4\"", "[16]", "[0,8]", "UnsupportedDtype")]
    [InlineData("\"F32\"", "2", "[0,8]", "NotUnsignedInteger")]
    [InlineData("\"F32\"", "[\"2\"]", "[0,8]", "NotUnsignedInteger")]
    [InlineData("\"F32\"", "[true]", "[0,8]", "NotUnsignedInteger")]
    [InlineData("\"F32\"", "[2]", "[-8,0]", "NotUnsignedInteger")]
    [InlineData("\"F32\"", "[2]", "[0.0,8]", "NotUnsignedInteger")]
    [InlineData("\"F32\"", "[2]", "[8,0]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[0]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[0,8,8]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "\"[0,8]\"", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[\"0\",\"8\"]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[4,12]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[18446744073709551607,18446744073709551615]", "InvalidOffset")]
    [InlineData("\"F32\"", "[2]", "[0,18446744073709551615]", "TensorInvalidInfo")]
    [InlineData("\"F64\"", "[2]", "[0,8]", "TensorInvalidInfo")]
    [InlineData("\"F32\"", "[2000000]", "[0,8000000]", "MetadataIncompleteBuffer")]
    [InlineData("\"F32\"", "[1]", "[0,4]", "MetadataIncompleteBuffer")]
    [InlineData("\"F32\"", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", "[0,8]", "RankTooLarge")]
    public void DescriptionFault_HasItsRule(string type, string shape, string offsets, string rule)
    {
        Assert.Equal("accept", Verdict(One("\"F32\"", "[2]", "[0,8]", 8)));
        Assert.Equal(rule, Verdict(One(type, shape, offsets, 8)));
    }

    [Fact]
    public void NumberThatIsNotPlain_IsRefused() =>
        Law.Holds(Gen.Elements("-0", "2.0", "2e0", "2E+0", "1e400", "18446744073709551616", "-1", "null"), number =>
        {
            Assert.Equal("NotUnsignedInteger", Verdict(One("\"F32\"", $"[2,{number}]", "[0,8]", 8)));
            Assert.Equal("NotUnsignedInteger", Verdict(One("\"F32\"", "[2]", $"[{number},8]", 8)));
        });

    [Fact]
    public void SizeThatOverflows_IsRefusedInAnyOrder()
    {
        // Products that wrap to something small or to zero in 64 bits, some with a zero to hide behind.
        Gen<ulong[]> shapes = Gen.Elements<ulong[]>(
            [2, ulong.MaxValue - 1], [2, long.MaxValue], [1UL << 32, 1UL << 32], [1UL << 62], [1UL << 61],
            [1UL << 63, 1UL << 63, 0], [1UL << 40, 1UL << 40, 0, 3], [3, 1UL << 62, 1UL << 62]);
        Law.Holds(shapes.SelectMany(shape => Gen.Shuffle(shape)), shape =>
            Assert.Equal("ValidationOverflow", Verdict(One("\"F32\"", $"[{string.Join(',', shape)}]", "[0,0]", 0))));
    }

    [Fact]
    public void LayoutWithHoleOverlapOrTail_IsRefused() =>
        Law.Holds(Gen.Choose(1, 40).ArrayOf(), lengths =>
        {
            if (lengths.Length < 2) return;
            int total = lengths.Sum();
            Assert.Equal("accept", Verdict(Layout(lengths, shifted: -1, by: 0, total)));
            Assert.Equal("MetadataIncompleteBuffer", Verdict(Layout(lengths, shifted: -1, by: 0, total + 1)));
            Assert.Equal("MetadataIncompleteBuffer", Verdict(Layout(lengths, shifted: -1, by: 0, total - 1)));
            int last = lengths.Length - 1;
            Assert.Equal("InvalidOffset", Verdict(Layout(lengths, shifted: last, by: 1, total + 1)));
            Assert.Equal("InvalidOffset", Verdict(Layout(lengths, shifted: last, by: -1, total - 1)));
            Assert.Equal("InvalidOffset", Verdict(Layout(lengths, shifted: 0, by: 1, total)));
        });

    [Theory]
    [InlineData(new byte[0], "HeaderTooSmall")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0 }, "HeaderTooSmall")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "HeaderTooSmall")]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, (byte)'{' }, "HeaderTooSmall")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'{' }, "InvalidHeaderLength")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "accept")]
    [InlineData(new byte[] { 0x00, 0xE1, 0xF5, 0x05, 0, 0, 0, 0 }, "InvalidHeaderLength")] // 100,000,000
    [InlineData(new byte[] { 0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0 }, "HeaderTooLarge")]
    [InlineData(new byte[] { 0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2 }, "HeaderTooLarge")] // 8 + N wraps
    public void HeaderLength_HasItsRule(byte[] file, string rule) => Assert.Equal(rule, Verdict(file));

    [Fact]
    public void NotUtf8_IsRefusedBeforeParsing() =>
        Assert.Equal("HeaderUtf8", Verdict(File([.. "{\""u8, 0xC0, 0xAF, .. "\":1}"u8], [])));

    [Fact]
    public void NestingOfAnyDepth_IsRefusedWithoutExhaustingTheStack()
    {
        string open = new('[', 1_000_000);
        Assert.Equal("HeaderStart", Verdict(File(open, 0)));
        Assert.Equal("HeaderDepth", Verdict(File($$"""{"t":{{open}}""", 0)));
    }

    [Fact]
    public void NameLength_CountsBytes()
    {
        Assert.Equal("accept", Verdict(One("\"U8\"", "[1]", "[0,1]", 1, new string('é', 512))));
        Assert.Equal("TensorName", Verdict(One("\"U8\"", "[1]", "[0,1]", 1, new string('é', 512) + "x")));
    }

    private static byte[] Layout(int[] lengths, int shifted, int by, int dataLength)
    {
        StringBuilder header = new("{");
        int offset = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            int begin = offset + (i == shifted ? by : 0);
            header.Append(i == 0 ? "" : ",").Append(
                $$"""  "{{i}}":{"dtype":"U8","shape":[{{lengths[i]}}],"data_offsets":[{{begin}},{{begin + lengths[i]}}]}""");
            offset += lengths[i];
        }

        return File(header.Append('}').ToString(), dataLength);
    }
}
