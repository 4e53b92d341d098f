using System.Text;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// 121 hostile and odd files by number, made here, with the verdict of a strict reader: "accept" or the rule broken.
internal static class SafetensorsCaseTable
{
    private const string T16 = "\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]";

    public static IEnumerable<(int Number, string Verdict, byte[] Bytes)> All()
    {
        string good = $$$"""{"t":{{{{T16}}}}}""";
        byte[] whole = File(good, 16);
        yield return (1, "HeaderTooSmall", []);
        yield return (2, "HeaderTooSmall", new byte[7]);
        yield return (3, "InvalidHeaderLength", BitConverter.GetBytes(60L));
        yield return (4, "HeaderTooSmall", new byte[8]);
        yield return (5, "HeaderTooSmall", File("{", 0));
        yield return (6, "accept", File("{}", 0));
        yield return (7, "MetadataIncompleteBuffer", File("{}", 1));
        yield return (8, "HeaderTooLarge", WithLength(100_000_001, good));
        yield return (9, "HeaderTooLarge", WithLength(1UL << 63, good));
        yield return (10, "HeaderTooLarge", WithLength(ulong.MaxValue, good));
        yield return (11, "HeaderTooLarge", WithLength(ulong.MaxValue - 7, good));
        yield return (12, "HeaderJson", [.. WithLength((ulong)good.Length + 1, good), .. new byte[16]]);
        yield return (13, "HeaderJson", [.. WithLength((ulong)good.Length - 1, good), .. new byte[16]]);
        yield return (14, "HeaderTooSmall", File([0xFF], []));
        yield return (15, "MetadataIncompleteBuffer", whole[..^1]);
        yield return (16, "MetadataIncompleteBuffer", [.. whole, 0]);
        (string Header, string Verdict)[] starts =
        [
            ("\uFEFF" + good, "HeaderStart"), (" " + good, "HeaderStart"), ("\n\t" + good, "HeaderStart"), (good + "   ", "accept"),
            (good + "\0", "HeaderJson"), (good + "\r\n\t", "accept"), ("[]", "HeaderStart"), ("null", "HeaderStart"), ("{}{}", "HeaderJson"),
            (good[..^1] + ",}", "HeaderJson"), ("{/*x*/" + good[1..], "HeaderJson"), (good.Replace('"', '\''), "HeaderJson"),
            (Twice(T16, "t"), "DuplicateKey"), (Twice(T16.Replace("[0,16]", "[16,32]", StringComparison.Ordinal), "t"), "DuplicateKey"),
            (Twice(T16, "\\u0074"), "DuplicateKey"), ($$$"""{"t":{"dtype":"F32",{{{T16}}}}}""", "DuplicateKey"),
            ("""{"__metadata__":{},"__metadata__":{}}""", "DuplicateKey"), ("""{"__metadata__":{"a":"1","a":"2"}}""", "DuplicateKey"),
            ("""{"__metadata__":{"a":1}}""", "MetadataNotStringMap"), ("""{"__metadata__":{"a":null}}""", "MetadataNotStringMap"),
            ("""{"__metadata__":null}""", "MetadataNotStringMap"), ("""{"__metadata__":{"a":{"b":"c"}}}""", "MetadataNotStringMap"),
            ("""{"__metadata__":[]}""", "MetadataNotStringMap"), ("""{"__metadata__":{}}""", "accept"),
            ("""{"t":{"shape":[2,2],"data_offsets":[0,16]}}""", "TensorInfoShape"), ("""{"t":{"dtype":"F32","data_offsets":[0,16]}}""", "TensorInfoShape"),
            ("""{"t":{"dtype":"F32","shape":[2,2]}}""", "TensorInfoShape"), ($$$"""{"t":{{{{T16}}},"x":1}}""", "TensorInfoShape"),
        ];
        for (int i = 0; i < starts.Length; i++)
        {
            yield return (17 + i, starts[i].Verdict, File(starts[i].Header, starts[i].Header.Contains(T16, StringComparison.Ordinal) ? 16 : 0));
        }

        int number = 45;
        foreach (string type in new[] { "\"F128\"", "\"f32\"", "null", "5", "\"\"" }) yield return (number++, "UnsupportedDtype", One(type, "[2,2]", "[0,16]", 16));
        foreach (string shape in new[] { "[-2,-2]", "[2.0,2]", "[2e0,2]", "[\"2\",2]", "[null]", "4", "[-0]", "[02]", "[18446744073709551616]", "[1e400]", "[true]" })
        {
            yield return (number++, shape == "[02]" ? "HeaderJson" : "NotUnsignedInteger", One("\"F32\"", shape, "[0,16]", 16));
        }

        foreach (string shape in new[] { "[2,18446744073709551614]", "[2,9223372036854775807]", "[4294967296,4294967296]", "[4611686018427387904]",
                     "[2305843009213693952]", "[9223372036854775808,9223372036854775808,0]", "[0,9223372036854775808,9223372036854775808]" })
        {
            yield return (number++, "ValidationOverflow", One("\"F32\"", shape, "[0,0]", 0));
        }

        yield return (68, "accept", One("\"F32\"", "[]", "[0,4]", 4));
        yield return (69, "TensorInvalidInfo", One("\"F32\"", "[]", "[0,0]", 0));
        yield return (70, "RankTooLarge", One("\"F32\"", $"[{string.Join(',', Enumerable.Repeat(1, 65))}]", "[0,4]", 4));
        yield return (71, "RankTooLarge", One("\"F32\"", $"[{string.Join(',', Enumerable.Repeat(1, 100_000))}]", "[0,4]", 4));
        yield return (72, "accept", One("\"F32\"", "[2,0]", "[0,0]", 0));
        (string Offsets, string Verdict)[] offsets =
        [
            ("[16,0]", "InvalidOffset"), ("[-16,0]", "NotUnsignedInteger"), ("[0,16,16]", "InvalidOffset"), ("[0]", "InvalidOffset"), ("[]", "InvalidOffset"),
            ("[0.0,16.0]", "NotUnsignedInteger"), ("[0,18446744073709551615]", "TensorInvalidInfo"), ("[\"0\",\"16\"]", "InvalidOffset"), ("{}", "InvalidOffset"),
        ];
        for (int i = 0; i < offsets.Length; i++) yield return (73 + i, offsets[i].Verdict, One("\"F32\"", "[2,2]", offsets[i].Offsets, 16));
        yield return (82, "InvalidOffset", One("\"F32\"", "[2,2]", "[4,20]", 20));
        yield return (83, "InvalidOffset", Two(0, 4, 8, 12, 12));
        yield return (84, "InvalidOffset", Two(0, 4, 0, 4, 4));
        yield return (85, "InvalidOffset", Two(0, 4, 2, 6, 6));
        yield return (86, "accept", Two(4, 8, 0, 4, 8));
        yield return (87, "TensorInvalidInfo", One("\"F32\"", "[2,2]", "[0,12]", 12));
        yield return (88, "TensorInvalidInfo", One("\"F32\"", "[2,2]", "[0,20]", 20));
        yield return (89, "TensorInvalidInfo", One("\"F64\"", "[4]", "[0,16]", 16));
        yield return (90, "TensorInvalidInfo", One("\"F32\"", "[1000,1000]", "[0,4]", 4));
        yield return (91, "MetadataIncompleteBuffer", One("\"F32\"", "[1000,1000]", "[0,4000000]", 4));
        yield return (92, "accept", File("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", 5));
        yield return (93, "accept", File(good + (good.Length % 2 == 0 ? " " : ""), 16));
        yield return (94, "UnsupportedDtype", One("\"F4\"", "[3]", "[0,2]", 2));
        yield return (95, "UnsupportedDtype", One("\"F4\"", "[4]", "[0,2]", 2));
        yield return (96, "TensorName", Named(""));
        yield return (97, "accept", Named("../../etc/passwd"));
        yield return (98, "TensorName", Named("a\\u0000b"));
        yield return (99, "HeaderUtf16", Named("\\ud800"));
        yield return (100, "HeaderUtf8", File([.. "{\""u8, 0xC0, 0xAF, .. "\":{}}"u8], []));
        yield return (101, "HeaderJson", Named("a\nb"));
        yield return (102, "TensorName", Named("\\u001b[2J"));
        yield return (103, "TensorName", Named(new string('x', 1 << 20)));
        yield return (104, "accept", File("""{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2));
        yield return (105, "HeaderDepth", File($$$"""{"__metadata__":{"a":{{{new string('[', 200)}}}{{{new string(']', 200)}}}}}""", 0));
        yield return (106, "HeaderStart", File(new string('[', 100_000), 0));
        yield return (107, "TensorInfoShape", File("""{"t":[]}""", 0));
        yield return (108, "TensorInfoShape", File("""{"t":"x"}""", 0));
        yield return (109, "TensorInfoShape", File("""{"t":null}""", 0));
        yield return (110, "NotUnsignedInteger", One("\"F32\"", "[NaN]", "[0,16]", 16));
        yield return (111, "MetadataIncompleteBuffer", [.. whole, .. "PK\u0005\u0006"u8, .. new byte[18]]);
        yield return (112, "HeaderTooLarge", Convert.FromHexString("80027D71005801000000617101 4B01732E".Replace(" ", "", StringComparison.Ordinal)));
        yield return (113, "InvalidHeaderLength", [.. "PK\u0003\u0004"u8, .. new byte[40]]);
        yield return (114, "HeaderTooLarge", [.. "GGUF"u8, 3, 0, 0, 0, .. new byte[16]]);
        yield return (115, "HeaderTooLarge", [0x93, .. "NUMPY"u8, 1, 0, 0x76, 0, .. new byte[0x76]]);
        yield return (116, "accept", File("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1));
        yield return (117, "InvalidOffset", Two(0, 4, 2, 2, 4));
        yield return (118, "InvalidOffset", Two(0, 4, 8, 8, 4));
        yield return (119, "accept", File(Encoding.UTF8.GetBytes(good), Convert.FromHexString("ADDEC07F0000807F000080FF00000080")));
        yield return (120, "accept", File(Encoding.UTF8.GetBytes("""{"t":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"""), [2]));
        yield return (121, "accept", whole);
    }

    private static byte[] WithLength(ulong length, string header) => [.. BitConverter.GetBytes(length), .. Encoding.UTF8.GetBytes(header)];

    private static string Twice(string info, string secondName) => $$$"""{"t":{{{{T16}}}},"{{{secondName}}}":{{{{info}}}}}""";

    private static byte[] Named(string name) => One("\"U8\"", "[1]", "[0,1]", 1, name);

    // Two tensors of bytes.
    private static byte[] Two(int begin, int end, int secondBegin, int secondEnd, int dataLength) => File(
        $$$"""{"a":{"dtype":"U8","shape":[{{{end - begin}}}],"data_offsets":[{{{begin}}},{{{end}}}]},"b":{"dtype":"U8","shape":[{{{secondEnd - secondBegin}}}],"data_offsets":[{{{secondBegin}}},{{{secondEnd}}}]}}""",
        dataLength);
}
