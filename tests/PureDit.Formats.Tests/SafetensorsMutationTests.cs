using System.Text;
using PureDit.TestSupport;
using static PureDit.Formats.Tests.SafetensorsBytes;

namespace PureDit.Formats.Tests;

// Damage of every kind: only a SafetensorsException may come out (Verdict lets any other escape), and what is still
// accepted must survive writing and reading again.
public class SafetensorsMutationTests
{
    private static readonly byte[] Small = Written(
        new Dictionary<string, SafetensorsEntry>
        {
            ["weight"] = SafetensorsEntry.FromFloats(Values.Normal(6, seed: 1), 2, 3),
            ["bias"] = SafetensorsEntry.FromDoubles(Values.NormalDouble(3, seed: 2), 3),
        },
        new Dictionary<string, string> { ["step"] = "7" });

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        Assert.Equal("accept", Verdict(Small));
        for (int length = 0; length < Small.Length; length++) Assert.NotEqual("accept", Verdict(Small[..length]));
    }

    [Fact]
    public void EveryExtension_IsRefused()
    {
        foreach (byte tail in new byte[] { 0, 32, 255 }) Assert.Equal("MetadataIncompleteBuffer", Verdict([.. Small, tail]));
    }

    [Fact]
    public void EveryFlippedBit_IsRefusedOrReadsConsistently()
    {
        int refused = 0;
        for (int bit = 0; bit < 8 * Small.Length; bit++)
        {
            byte[] damaged = [.. Small];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            if (!IsConsistent(damaged)) refused++;
        }

        Assert.InRange(refused, Small.Length, 8 * Small.Length); // most of the header, none of the data
    }

    [Fact]
    public void MutatedHeaders_AreRefusedOrReadConsistently()
    {
        string[] numbers =
            ["-1", "-0", "0", "1", "2147483648", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808",
             "18446744073709551615", "18446744073709551616", "1e2", "1e400", "NaN", "null", "[]", "{}", "\"\""];
        string[] tokens = ["{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "\"dtype\"", "\"F32\"", "\"shape\"", "é", " ", "\n"];
        string header = Encoding.UTF8.GetString(Small, 8, Small[0]);
        byte[] data = Small[(8 + Small[0])..];
        Random random = new(20260714);
        int refused = 0;
        const int Mutations = 30_000;
        for (int i = 0; i < Mutations; i++)
        {
            StringBuilder text = new(header);
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(text.Length);
                int length = Math.Min(random.Next(0, 8), text.Length - at);
                string inserted = random.Next(3) switch
                {
                    0 => numbers[random.Next(numbers.Length)],
                    1 => tokens[random.Next(tokens.Length)],
                    _ => header.Substring(random.Next(header.Length - 20), random.Next(20)),
                };
                text.Remove(at, length).Insert(at, inserted);
            }

            if (!IsConsistent(File(Encoding.UTF8.GetBytes(text.ToString()), data))) refused++;
        }

        Assert.InRange(refused, Mutations / 2, Mutations - 1);
    }

    private static bool IsConsistent(byte[] file)
    {
        if (Verdict(file) != "accept") return false;
        SafetensorsFile first = SafetensorsFile.Read(file);
        SafetensorsFile again = SafetensorsFile.Read(Written(first.Tensors, first.Metadata));
        Assert.Equal(first.Metadata, again.Metadata);
        Assert.Equal(first.Tensors.Count, again.Tensors.Count);
        foreach ((string name, SafetensorsEntry entry) in first.Tensors)
        {
            Assert.True(entry.Bytes.SequenceEqual(again.Tensors[name].Bytes));
            Assert.True(entry.Shape.SequenceEqual(again.Tensors[name].Shape));
        }

        return true;
    }
}
