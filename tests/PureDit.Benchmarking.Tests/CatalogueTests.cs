// Names, sizes and counted operations are those of the programs that measure the others: read from their sources where
// those are at hand.

using System.Globalization;
using System.Text.RegularExpressions;
using PureDit.Nn;
using PureDit.TestSupport;

namespace PureDit.Benchmarking.Tests;

public sealed class CatalogueTests
{
    [SharedFileFact("peers/gemm.c")]
    public void MatrixProducts_AreThoseOfThePeers()
    {
        string source = File.ReadAllText(SharedFiles.Find("peers/gemm.c")!);
        string[] theirs = [.. Regex.Matches(source, """\{"(\w+)",(\d+),(\d+),(\d+),(\d),(\d)\}""").Select(m => string.Join(' ', m.Groups.Values.Skip(1).Select(g => g.Value)))];
        Assert.Equal(27, theirs.Length);
        Assert.Equal(theirs, Catalogue.MatMul.Select(s => $"{s.Name} {s.M} {s.N} {s.K} {(s.TransposeA ? 1 : 0)} {(s.TransposeB ? 1 : 0)}"));
    }

    [SharedFileFact("peers/torch_ops.py")]
    public void AttentionAndElementwise_HaveTheNamesOfThePeers()
    {
        string source = File.ReadAllText(SharedFiles.Find("peers/torch_ops.py")!);
        string[] attention = [.. Regex.Matches(source, @"\((\d+),(\d+),(\d+)\)").Select(m => $"attn_bh{m.Groups[1]}_n{m.Groups[2]}_d{m.Groups[3]}").Distinct()];
        Assert.Equal(attention, Catalogue.Attention.Select(which => which.Name[..which.Name.LastIndexOf('_')]).Distinct().Where(attention.Contains));
        Assert.Equal(2 * 4, Catalogue.Attention.Count);
        foreach (Workload work in Catalogue.Elementwise.Where(work => !work.Name.StartsWith("gate", StringComparison.Ordinal)))
        {
            Assert.Contains($"'{work.Name}", source, StringComparison.Ordinal);
        }
    }

    [SharedFileFact("peers/dit.py")]
    public void Models_HaveTheArchitectureOfThePeers()
    {
        string source = File.ReadAllText(SharedFiles.Find("peers/dit.py")!);
        Dictionary<string, int[]> theirs = Regex.Matches(source, @"'(\w+)':\((\d+(?:,\d+){6})\)").ToDictionary(
            m => m.Groups[1].Value, m => m.Groups[2].Value.Split(',').Select(v => int.Parse(v, CultureInfo.InvariantCulture)).ToArray());
        Assert.Equal(4, theirs.Count);
        foreach (DiTCase model in Catalogue.Models)
        {
            DiTConfig c = model.Config;
            int values = c.Input.ValuesPerChannel;
            Assert.Equal<int>(theirs[model.Model], (int[])[c.Input.Tokens, values * c.Input.DataChannels, c.Width, c.Depth, c.Heads, c.Classes, values * c.OutputChannels]);
        }

        string fwd = string.Join(' ', Catalogue.Models.Select(model => model.ToWorkload().Name).Order());
        string[] calls = [.. Regex.Matches(source, @"(fwd|train)\('(\w+)',(\d+),").Select(m => $"dit_{m.Groups[2]}_{m.Groups[1]}_b{m.Groups[3]}").Order()];
        Assert.Equal(string.Join(' ', calls), fwd);
    }

    [Theory]
    [InlineData("s2", 32_982_560)]
    [InlineData("b2", 130_550_816)]
    [InlineData("xl2", 675_260_960)]
    [InlineData("gp", 334_152)]
    public void Models_HaveTheParametersOfThePeers(string model, long parameters)
    {
        DiTConfig config = Catalogue.Models.First(m => m.Model == model).Config;
        int unused = ((2 * config.Depth) + 1) * 2 * config.Width; // scale and shift of the norms, counted where the peers export
        Assert.Equal(parameters, config.CountParameters() + unused);
    }

    [Fact]
    public void Operations_AreCountedAsThePeersCount()
    {
        foreach (GemmShape s in Catalogue.MatMul) Assert.Equal(2.0 * s.M * s.N * s.K, s.ToWorkload().Operations);
        foreach (AttentionCase a in Catalogue.Attention)
        {
            double fwd = 4.0 * a.Batch * a.Heads * a.Tokens * a.Tokens * a.HeadSize;
            Assert.Equal(a.Backward ? 3 * fwd : fwd, a.ToWorkload().Operations);
        }

        foreach (DiTCase m in Catalogue.Models)
        {
            double n = m.Config.Input.Tokens, d = m.Config.Width, io = m.Config.Input.ValuesPerChannel * (m.Config.Input.DataChannels + m.Config.OutputChannels);
            double fwd = m.Batch * ((m.Config.Depth * ((2 * n * 12 * d * d) + (4 * n * n * d) + (2 * 6 * d * d))) + (2 * n * d * io));
            Assert.Equal(m.Train ? 3 * fwd : fwd, m.ToWorkload().Operations);
        }
    }

    [Fact]
    public void Names_AreUnique_AndOnlyGigabytesAreHeavy()
    {
        Assert.Equal(Catalogue.All.Count, Catalogue.All.Select(work => work.Name).Distinct().Count());
        Assert.All(Catalogue.All, work => Assert.Equal(work.Name.StartsWith("dit_xl2", StringComparison.Ordinal), work.IsHeavy));
        Assert.All(Catalogue.All, work => Assert.Matches("^[A-Za-z0-9_]+$", work.Name));
    }
}
