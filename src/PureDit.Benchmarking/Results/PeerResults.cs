// Results of other programs: lines `name value unit`, or JSON { "name": { "value": 1.94, "unit": "ms" } }. A name is one
// of ours with the library before or after the shape, torch_attn_bh24_n256_d64_fwd_naive_t1 or gemm_s2_fc1_onednn_t2;
// of several libraries the fastest counts. An earlier result of PureDit, puredit_…, is a peer too.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PureDit.Benchmarking;

/// <summary>What other programs need for the same work.</summary>
public sealed partial class PeerResults
{
    private const string Libraries = "openblas_haswell|openblas_skylakex|openblas_default|blis|onednn|best|mha|naive|sdpa|single|foreach";
    private readonly Dictionary<string, List<(string Name, double Value, string Unit)>> _byWork = [];

    /// <summary>Number of results.</summary>
    public int Count => _byWork.Values.Sum(list => list.Count);

    /// <summary>Reads results, in either form.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static PeerResults Read(string text)
    {
        PeerResults results = new();
        if (text.AsSpan().TrimStart().StartsWith("{")) results.ReadJson(text);
        else
        {
            foreach (string line in text.Split('\n'))
            {
                Match match = Line().Match(line.TrimEnd());
                if (match.Success) results.Add(match.Groups[1].Value, Number(match.Groups[2].Value), match.Groups[3].Value);
            }
        }

        return results.Count > 0 ? results : throw new FormatException("expected lines `name value unit` or JSON {\"name\": {\"value\": 1.94, \"unit\": \"ms\"}}, got neither");
    }

    /// <summary>The fastest other program at the work of a measurement, and how many times as fast ours is; null for none.</summary>
    public (string Name, double Value, double Ratio)? Against(Measurement found)
    {
        if (!_byWork.TryGetValue(found.ContestName, out List<(string Name, double Value, string Unit)>? all)) return null;
        (string Name, double Value, double Ratio)? best = null;
        foreach ((string name, double value, string unit) in all)
        {
            if (unit != found.Work.UnitSymbol || !(value > 0)) continue;
            double ratio = found.Work.Unit == WorkloadUnit.Milliseconds ? value / found.Value : found.Value / value;
            if (best is null || ratio < best.Value.Ratio) best = (name, value, ratio);
        }

        return best;
    }

    private void ReadJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                Add(entry.Name, entry.Value.GetProperty("value").GetDouble(), entry.Value.GetProperty("unit").GetString() ?? "");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"expected JSON {{\"name\": {{\"value\": 1.94, \"unit\": \"ms\"}}}}: {e.Message}", e);
        }
    }

    private void Add(string name, double value, string unit)
    {
        string work = After().Replace(Before().Replace(name, ""), "");
        if (!_byWork.TryGetValue(work, out List<(string Name, double Value, string Unit)>? all)) _byWork[work] = all = [];
        all.Add((name, value, unit));
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([A-Za-z0-9_]+) ([0-9.]+(?:e[-+]?[0-9]+)?) (\S+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    [GeneratedRegex("^(torch|ort|puredit)_", RegexOptions.CultureInvariant)]
    private static partial Regex Before();

    [GeneratedRegex("_(" + Libraries + ")(?=_t[0-9]+$)", RegexOptions.CultureInvariant)]
    private static partial Regex After();
}
