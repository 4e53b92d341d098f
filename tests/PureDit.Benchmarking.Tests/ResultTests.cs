using System.Text.Json;
using PureDit.Kernels;

namespace PureDit.Benchmarking.Tests;

public sealed class ResultTests
{
    private static readonly SimdLevel s_widest = SimdLevels.Supported[0];

    // 1000 GFLOP/s at the widest vectors; L1 1000, L2 100, L3 10, RAM 1 GB/s. Twice that on two threads.
    private static readonly MachinePeak s_peak = new(PeakWork.All.SelectMany(work => new[] { 1, 2 }.Select(threads =>
        new Measurement(work, threads, s_widest, Took(Seconds(work))))));

    private static Timing Took(double seconds) => new(seconds, seconds, 3, 0.01);

    private static double Seconds(Workload work) => work.Unit == WorkloadUnit.Gigaflops
        ? work.Operations / 1000e9
        : work.Name == PeakWork.UpdateName
        ? work.Bytes / 0.5e9 // slower than reading here: does not count
        : work.Bytes / (1e9 * Math.Pow(10, 3 - (int)Enum.GetValues<MemoryLevel>().Single(level => PeakWork.Name(level) == work.Name)));

    [Fact]
    public void Limit_IsTheLongerOfArithmeticAndMemory()
    {
        Workload gemm = new GemmShape("g", 64, 64, 64).ToWorkload(), stream = ElementwiseWork.Optimiser("adamw", 10_000_000);
        Assert.Equal(new("FMA", gemm.Operations / 1000e9), s_peak.Of(gemm, 1, s_widest));
        Assert.Equal(new("RAM", stream.Bytes / 1e9), s_peak.Of(stream, 1, s_widest));
        Assert.Equal(new("RAM", stream.Bytes / 2e9), s_peak.Of(stream, 2, s_widest));
        Measurement half = new(gemm, 1, s_widest, Took(2 * gemm.Operations / 1000e9));
        Assert.Equal(0.5, s_peak.Share(half), 12);
        Assert.Equal(500, half.Value, 9);
        Assert.Equal("L1", s_peak.Of(ElementwiseWork.GatedResidual(1, 1000), 1, s_widest).Name);
        Assert.Equal("L2", s_peak.Of(ElementwiseWork.GatedResidual(100, 1000), 1, s_widest).Name);
        Assert.Equal("L3", s_peak.Of(ElementwiseWork.GatedResidual(1000, 1000), 1, s_widest).Name);
    }

    [Theory]
    [InlineData("gemm_s2_fc1_openblas_haswell_t1 40 GFLOP/s\ngemm_s2_fc1_onednn_t1 80.5 GFLOP/s\ngemm_s2_fc1_dW_AtB_blis_t1 999 GFLOP/s\n", "gemm_s2_fc1_onednn_t1", 80.5, 2.0)]
    [InlineData("# noise\ngemm_s2_fc1_t1 161 GFLOP/s\ngemm_s2_fc1_t2 999 GFLOP/s", "gemm_s2_fc1_t1", 161, 1.0)]
    [InlineData("""{ "puredit_gemm_s2_fc1_t1": { "value": 322, "unit": "GFLOP/s" }, "gemm_s2_fc1_best_t1": { "value": 1, "unit": "ms" } }""", "puredit_gemm_s2_fc1_t1", 322, 0.5)]
    public void Peers_FastestOfTheSameWork(string text, string name, double value, double ratio)
    {
        Workload work = Catalogue.MatMul.Single(shape => shape.Name == "s2_fc1").ToWorkload();
        Measurement found = new(work, 1, s_widest, Took(work.Operations / 161e9));
        (string Name, double Value, double Ratio)? peer = PeerResults.Read(text).Against(found);
        Assert.NotNull(peer);
        Assert.Equal((name, value), (peer.Value.Name, peer.Value.Value));
        Assert.Equal(ratio, peer.Value.Ratio, 9);
        Assert.Null(PeerResults.Read(text).Against(found with { Threads = 3 }));
    }

    [Fact]
    public void Peers_OfTimes_LessIsFaster()
    {
        PeerResults peers = PeerResults.Read("torch_attn_bh24_n256_d64_fwd_naive_t2 4.0 ms\nort_attn_bh24_n256_d64_fwd_mha_t2 2.5 ms\ntorch_attn_bh24_n256_d64_fwd_naive_t2_rate 9 GFLOP/s\n");
        Measurement found = new(Catalogue.Attention[0].ToWorkload(), 2, s_widest, Took(1.25e-3));
        Assert.Equal(("ort_attn_bh24_n256_d64_fwd_mha_t2", 2.5, 2.0), peers.Against(found));
    }

    [Theory]
    [InlineData("nothing of this kind")]
    [InlineData("{ \"a\": 1 }")]
    [InlineData("{ \"a\": ")]
    [InlineData("{}")]
    public void Peers_OtherText_IsRefused(string text) => Assert.Throws<FormatException>(() => PeerResults.Read(text));

    [Fact]
    public void Page_ShowsEveryKernel_Number_AndLimit()
    {
        BenchmarkReport report = Everything();
        string html = BenchmarkPage.Html(report);
        Assert.All(report.Measurements, found => Assert.Contains($"<td>{found.Work.Name}</td>", html, StringComparison.Ordinal));
        Assert.Equal(4 * 2, html.Split("<svg xmlns").Length - 1); // a roofline for each kind of work and number of threads
        Assert.Contains("RAM 1 GB/s", html, StringComparison.Ordinal);
        Assert.Contains("RAM 2 GB/s", html, StringComparison.Ordinal);
        Assert.Contains("Test machine", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_OfNothing_IsStillAPage() =>
        Assert.Contains("</html>", BenchmarkPage.Html(new("m", new MachinePeak([]), [], null)), StringComparison.Ordinal);

    [Fact]
    public void Json_HoldsEveryMeasurement()
    {
        BenchmarkReport report = Everything();
        string json = JsonSerializer.Serialize(BenchmarkJson.Of(report, complete: true, page: null), BenchmarkJsonContext.Default.BenchmarkJson);
        JsonElement root = JsonDocument.Parse(json).RootElement;
        JsonElement[] rows = [.. root.GetProperty("measurements").EnumerateArray()];
        Assert.Equal(report.Measurements.Select(found => found.Name), rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.True(row.GetProperty("percentOfLimit").GetDouble() > 0));
        Assert.Equal(s_peak.Measurements.Count, root.GetProperty("limits").GetArrayLength());
        Assert.True(root.GetProperty("complete").GetBoolean());
    }

    private static BenchmarkReport Everything() => new("Test machine", s_peak, [
        .. Catalogue.All.Where(work => work.Group != WorkloadGroup.Peak).SelectMany(work => new[] { 1, 2 }.Select(threads =>
            new Measurement(work, threads, s_widest, Took(3 * s_peak.Of(work, threads, s_widest).Seconds))))], null);
}
