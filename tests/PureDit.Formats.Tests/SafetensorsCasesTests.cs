using System.Globalization;
using PureDit.TestSupport;

namespace PureDit.Formats.Tests;

// Hostile and odd files with the verdict of a strict reader: those of the case table, made anew for every run, and the
// files of the same numbers that are kept outside the repository.
public class SafetensorsCasesTests
{
    private const string Folder = "goldens/safetensors-cases";

    [Fact]
    public void EveryGeneratedCase_GetsItsVerdict()
    {
        List<(int Number, string Verdict, byte[] Bytes)> cases = [.. SafetensorsCaseTable.All()];
        Assert.Equal(Enumerable.Range(1, 121), cases.Select(one => one.Number));
        string[] wrong = [.. cases.Select(one => (one, got: SafetensorsBytes.Verdict(one.Bytes))).Where(pair => pair.got != pair.one.Verdict)
            .Select(pair => $"{pair.one.Number}: expected {pair.one.Verdict}, got {pair.got}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [SharedFileFact(Folder)]
    public void EveryCase_GetsItsVerdict()
    {
        string folder = SharedFiles.Find(Folder)!;
        List<string> wrong = [];
        string[] generated = [.. SafetensorsCaseTable.All().Select(one => one.Verdict)];
        int cases = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "cases.tsv")).Skip(1))
        {
            string[] cells = line.Split('\t');
            string path = Path.Combine(folder, $"{int.Parse(cells[0], CultureInfo.InvariantCulture):000}.safetensors");
            string verdict = SafetensorsBytes.Verdict(() => SafetensorsFile.Read(path));
            string fromMemory = SafetensorsBytes.Verdict(File.ReadAllBytes(path));
            if (verdict != cells[1].Replace("reject ", "", StringComparison.Ordinal)) wrong.Add($"{line}: got {verdict}");
            if (generated[cases] != verdict) wrong.Add($"{line}: {verdict} from the file, {generated[cases]} in the table");
            if (fromMemory != verdict) wrong.Add($"{line}: {verdict} from the file, {fromMemory} from memory");
            cases++;
        }

        Assert.Equal(121, cases);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [SharedFileFact("goldens/dit-golden-a.safetensors")]
    public void FileOfTheReferenceWriter_IsRead()
    {
        SafetensorsFile file = SafetensorsFile.Read(SharedFiles.Find("goldens/dit-golden-a.safetensors")!);

        Assert.Equal("48", file.Metadata["hidden_size"]);
        Assert.Equal([1, 16, 48], file.Tensors["weight.pos_embed"].Shape.ToArray());
        Assert.All(file.ToFloats("weight.pos_embed"), x => Assert.InRange(x, -100, 100));
        Assert.True(double.IsFinite(file.ToDoubles("loss").Single()));
        Assert.NotEmpty(file.ToInt64s("input.y"));
    }
}
