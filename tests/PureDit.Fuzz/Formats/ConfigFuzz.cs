using System.Text;
using PureDit.Training;

namespace PureDit.Fuzz;

/// <summary>Configurations: what is accepted is valid, and reads the same after it was written out.</summary>
public sealed class ConfigFuzz : IFuzzFormat
{
    private const int Expansion = 64; // nodes of a document, and every field written out
    private static readonly byte[][] s_seeds = [.. new[]
    {
        "{}",
        "{\"width\": 64, \"heads\": 4, \"learningRate\": 1e-3, \"recompute\": true, \"seed\": 7}",
        "{\"data\": \"series\", \"csv\": \"a.csv\", \"columns\": [\"a\", \"b\"], \"missing\": \"drop\", \"stride\": 2}",
        TrainingFields.Write(new TrainingConfig()),
    }.Select(Encoding.UTF8.GetBytes)];

    public string Name => "config";

    public IReadOnlyList<byte[]> Words { get; } =
    [
        .. TrainingFields.All.Select(field => Encoding.UTF8.GetBytes($"\"{field.Name}\": 2, ")),
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "null", "true", "false", "\"\"", "\\ud800", "\\u0077", "//", "/**/", "\uFEFF", "é", "[[[[", "{\"a\":",
            "\"gp\"", "\"series\"", "\"v\"", "1e2", "-0", "-0.0", "0.5", " ", "\n",
        }.Select(Encoding.UTF8.GetBytes), [0xC0, 0xAF], [0], [0xED, 0xA0, 0x80],
    ];

    public void Begin(Draft draft, FuzzRandom random)
    {
        byte[] seed = s_seeds[Math.Min(random.Below(8), s_seeds.Length - 1 - random.Below(3))];
        draft.Set(seed, 0, seed.Length);
    }

    public void Repair(Draft draft)
    {
    }

    public bool Accepts(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        TrainingConfig? config = null;
        try
        {
            config = TrainingFields.Read(input, "fuzz.json");
        }
        catch (ConfigurationException)
        {
        }

        BrokenLawException.BoundMemory(before, input, Expansion);
        if (config is null) return false;
        TrainingFields.Validate(config);
        string written = TrainingFields.Write(config);
        BrokenLawException.Unless(written == TrainingFields.Write(TrainingFields.Read(written, "again.json")), "a field changed");
        return true;
    }
}
