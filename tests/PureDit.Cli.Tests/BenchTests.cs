using System.Text.Json;
using PureDit.Benchmarking;

namespace PureDit.Cli.Tests;

public sealed class BenchTests : IDisposable
{
    private static readonly string[] Brief = ["--seconds", "0.001", "--threads", "1"];
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void Lines_AreNameValueUnit_AndNothingElse()
    {
        CommandResult result = _runner.Run(["bench", "--lines", "--only", "small64", "--only", "layernorm", "--seconds", "0.001", "--threads", "1,2"]).Expect(0);
        string[] lines = result.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(
            ["puredit_gemm_small64_t1", "puredit_gemm_small64_t2", "puredit_layernorm_1024x384_fwd_t1", "puredit_layernorm_1024x384_fwd_t2",
             "puredit_layernorm_1024x384_fwdbwd_t1", "puredit_layernorm_1024x384_fwdbwd_t2"],
            lines.Select(line => line.Split(' ')[0]));
        Assert.All(lines, line => Assert.Matches(@"^puredit_[A-Za-z0-9_]+_t[0-9]+ [0-9]+(\.[0-9]+)? (GFLOP/s|GB/s|ms|MiB)$", line));
        Assert.Empty(Directory.GetFileSystemEntries(_runner.Folder));
    }

    [Fact]
    public void Lines_TakeShapesThatAreNotInTheList()
    {
        string[] shapes = ["--gemm", "77x100x35", "--gemm", "1x2x3", "--attn", "3x77x24", "--dit", "16,3,16,1,2,2"];
        Assert.Equal(
            ["puredit_gemm_77x100x35_t1", "puredit_gemm_1x2x3_t1", "puredit_attn_bh3_n77_d24_fwd_t1", "puredit_dit_n16_i3_w16_l1_h2_fwd_b2_t1"],
            Names(["bench", "--lines", .. shapes]));
        Assert.Equal(
            ["puredit_attn_bh3_n77_d24_fwdbwd_t1", "puredit_dit_n16_i3_w16_l1_h2_train_b2_t1"],
            Names(["bench", "--lines", "--backward", "--train", .. shapes[4..]]));
        Assert.Equal(["puredit_attn_bh4_n48_d8_k31_w5_2_fwd_t1"], Names(
            "bench", "attention", "--lines", "--batch", "2", "--heads", "2", "--tokens", "48", "--head-size", "8", "--key-tokens", "31", "--window", "5,2"));
        Assert.Equal(["puredit_attn_bh2_n48_d8_causal_fwdbwd_t1"], Names(
            "bench", "attention", "--lines", "--heads", "2", "--tokens", "48", "--head-size", "8", "--causal", "--backward"));

        string[] Names(params string[] args) => [.. _runner.Run([.. args, .. Brief]).Expect(0).Out.TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0])];
    }

    [Theory]
    [InlineData("--gemm", "777x1000", "MxNxK")]
    [InlineData("--gemm", "0x1x1", "777x1000x353")]
    [InlineData("--attn", "10x777x48x2", "HEADSxTOKENSxSIZE")]
    [InlineData("--dit", "64,8,64,4,5,1", "divisor")]
    [InlineData("--dit", "64,8", "tokens,in,width,depth,heads,batch")]
    [InlineData("--threads", "1,x", "'x'")]
    [InlineData("--threads", "-1", "'-1'")]
    [InlineData("--simd", "1024", "1024")]
    [InlineData("--seconds", "0", "--seconds")]
    [InlineData("--window", "3", "L,R")]
    [InlineData("--window", "3,x", "--window")]
    [InlineData("--tokens", "0", "--tokens")]
    [InlineData("--only", "nothing", "'nothing'")]
    [InlineData("--treads", "1", "--threads")]
    public void ValuesThatAreWrong_AreRefusedByName(string option, string value, string named) =>
        _runner.Run("bench", "--lines", "--seconds", "0.001", option, value).ExpectError(2, named);

    [Fact]
    public void WorkThatThereIsNot_IsNamedWithTheNearest()
    {
        _runner.Run("bench", "matmull").ExpectError(2, "'matmull'", "did you mean matmul?");
        _runner.Run("bench", "--backward").ExpectError(2, "--backward");
        _runner.Run("bench", "--gemm", "8x8x8", "--against", "none.txt").ExpectError(4, "none.txt");
        File.WriteAllText(_runner.PathOf("text.txt"), "no results");
        _runner.Run("bench", "--gemm", "8x8x8", "--against", "text.txt").ExpectError(2, "text.txt");
    }

    [Fact]
    public void Report_IsATable_APageAndJson_AgainstPeers()
    {
        File.WriteAllText(_runner.PathOf("peers.txt"), "gemm_32x48x64_onednn_t1 0.000001 GFLOP/s\n");
        CommandResult result = _runner.Run(["bench", "--gemm", "32x48x64", "--against", "peers.txt", "-o", "out", "--json", .. Brief]).Expect(0);
        JsonElement row = Assert.Single(result.Json.GetProperty("measurements").EnumerateArray());
        Assert.Equal("gemm_32x48x64_t1", row.GetProperty("name").GetString());
        Assert.Equal("gemm_32x48x64_onednn_t1", row.GetProperty("peer").GetString());
        Assert.True(row.GetProperty("ratio").GetDouble() > 1);
        Assert.True(row.GetProperty("percentOfLimit").GetDouble() > 0);
        Assert.Contains("% of limit", result.Error, StringComparison.Ordinal);
        Assert.Contains("gemm_32x48x64", File.ReadAllText(_runner.PathOf("out", "bench.html")), StringComparison.Ordinal);
        Assert.Equal(result.Out.Trim(), File.ReadAllText(_runner.PathOf("out", "bench.json")).Trim());
        Assert.Equal(2, Directory.GetFiles(_runner.PathOf("out")).Length);
    }

    [Fact]
    public void Attention_IsShownBesideTheNaiveOne()
    {
        string table = _runner.Run(["bench", "attention", "--tokens", "40", "--head-size", "8", "--heads", "2", .. Brief]).Expect(0).Out;
        Assert.Contains("attn_bh2_n40_d8_fwd ", table, StringComparison.Ordinal);
        Assert.Contains("attn_bh2_n40_d8_fwd_naive", table, StringComparison.Ordinal);
        Assert.True(File.Exists(_runner.PathOf("runs", "bench", "bench.html")));
    }

    [Fact]
    public void Stopped_LeavesWhatWasMeasured()
    {
        _runner.Stop.Ask(130);
        CommandResult result = _runner.Run(["bench", "--gemm", "8x8x8", "--json", .. Brief]).Expect(130);
        Assert.False(result.Json.GetProperty("complete").GetBoolean());
        Assert.Contains("stopped after 0 of 1", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_runner.PathOf("runs", "bench", "bench.html")));
        _runner.Run(["bench", "--lines", "--gemm", "8x8x8", .. Brief]).Expect(130);
    }

    [Fact]
    public void AWrongKernel_IsABug() => Assert.Equal(1, Failure.Of(new WrongResultException("x")).Code);
}
