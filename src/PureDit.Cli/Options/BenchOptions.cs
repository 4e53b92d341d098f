// What `bench` is asked to measure. Without shapes it is the catalogue, all of it but what is heavy; with shapes, only those.

using System.CommandLine;
using System.Globalization;
using PureDit.Benchmarking;
using PureDit.Kernels;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Options of <c>bench</c>, and the workloads that they ask for.</summary>
internal sealed class BenchOptions
{
    private const string Everything = "all";
    private const int MostThreads = 4096, MostTokens = 1 << 20;
    private const double MostSeconds = 3600;

    private static readonly Dictionary<string, WorkloadGroup> s_groups = new()
    {
        ["matmul"] = WorkloadGroup.MatMul,
        ["attention"] = WorkloadGroup.Attention,
        ["elementwise"] = WorkloadGroup.Elementwise,
        ["step"] = WorkloadGroup.Step,
    };

    private readonly Argument<string> _what = new("what")
    {
        Description = "matmul, attention, elementwise, step, or all; without it all but models of gigabytes",
        HelpName = "what",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _gemm = Shapes("--gemm", "MxNxK", "a matrix product of this shape; may be repeated");
    private readonly Option<string[]> _attn = Shapes("--attn", "HEADSxTOKENSxSIZE", "attention of this shape; may be repeated");
    private readonly Option<string[]> _dit = Shapes("--dit", "tokens,in,width,depth,heads,batch", "a DiT of this shape; may be repeated");
    private readonly Option<bool> _backward = new("--backward") { Description = "attention: forward and backward" };
    private readonly Option<bool> _train = new("--train") { Description = "--dit: a training step instead of a prediction" };
    private readonly Option<string> _tokens = Number("--tokens", "attention: queries of a sequence [default 1024]");
    private readonly Option<string> _headSize = Number("--head-size", "attention: width of a head [default 64]");
    private readonly Option<string> _heads = Number("--heads", "attention: heads [default 6]");
    private readonly Option<string> _batch = Number("--batch", "attention: sequences [default 1]");
    private readonly Option<string> _keyTokens = Number("--key-tokens", "attention: keys and values of a sequence [default: as many as queries]");
    private readonly Option<bool> _causal = new("--causal") { Description = "attention: no key after the query" };
    private readonly Option<string> _window = new("--window") { Description = "attention: keys from so many before the query to so many after it", HelpName = "L,R" };
    private readonly Option<string[]> _only = Shapes("--only", "text", "only work whose name contains this; may be repeated");
    private readonly Option<string> _threads = new("--threads") { Description = "numbers of threads, separated by commas; 0 for all processors [default 1,0]", HelpName = "numbers" };
    private readonly Option<string> _simd = new("--simd") { Description = "vector widths in bits, separated by commas [default: the widest]", HelpName = "512|256|128" };
    private readonly Option<string> _seconds = new("--seconds") { Description = "time for each measurement; at least three rounds are done [default 0.3]", HelpName = "number" };

    /// <summary>The argument and the options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_what);
        foreach (Option option in (Option[])[_only, _gemm, _attn, _dit, _train, _tokens, _headSize, _heads, _batch, _keyTokens, _causal, _window, _backward, _threads, _simd, _seconds])
        {
            command.Add(option);
        }
    }

    /// <summary>What a command line asks for.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="rivals">Whether slower ways of computing the same are wanted beside the kernels.</param>
    /// <exception cref="UsageException">A value is wrong, or there is nothing of that name.</exception>
    public BenchmarkPlan Plan(ParseResult parse, bool rivals)
    {
        int[] threads = [.. List(parse.GetValue(_threads) ?? "1,0").Select(text => (int)Numbers.Whole(text, "--threads", 0, MostThreads, 1))];
        SimdLevel[] simd = parse.GetValue(_simd) is { } widths ? [.. List(widths).Select(Width)] : [SimdLevels.Best];
        double seconds = Seconds(parse.GetValue(_seconds));
        List<Workload> works = Custom(parse);
        if (works.Count == 0) works = Listed(parse);
        if (rivals) works = WithNaive(parse, works);
        string[] only = parse.GetValue(_only) ?? [];
        if (only.Length > 0) works = [.. works.Where(work => only.Any(text => work.Name.Contains(text, StringComparison.Ordinal)))];
        if (works.Count == 0) throw new UsageException($"--only: no work has a name with '{string.Join("' or '", only)}'", "puredit bench --lines prints every name");
        return new(works, [.. threads.Select(count => count == 0 ? Environment.ProcessorCount : count).Distinct()], [.. simd.Distinct()], seconds);
    }

    // Heavy work is done where it is asked for by name, or everything is.
    private List<Workload> Listed(ParseResult parse)
    {
        string what = parse.GetValue(_what) ?? "";
        string[] only = parse.GetValue(_only) ?? [];
        if (what.Length > 0 && what != Everything && !s_groups.ContainsKey(what))
        {
            string[] known = [.. s_groups.Keys, Everything];
            throw new UsageException(
                $"bench: expected {string.Join(" | ", known)}, got '{what}'",
                Nearest.To(what, known) is { } nearest ? $"did you mean {nearest}?" : "puredit bench --help");
        }

        return
        [
            .. Catalogue.All.Where(work =>
                (!s_groups.TryGetValue(what, out WorkloadGroup group) || work.Group == group)
                && (!work.IsHeavy || what == Everything || only.Any(text => work.Name.Contains(text, StringComparison.Ordinal) && text.Contains("xl2", StringComparison.Ordinal)))),
        ];
    }

    private List<Workload> Custom(ParseResult parse)
    {
        bool backward = parse.GetValue(_backward), train = parse.GetValue(_train);
        AttentionBand band = Band(parse);
        List<Workload> works = [];
        foreach (string text in parse.GetValue(_gemm) ?? []) works.Add(Shape("--gemm", text, GemmShape.Parse).ToWorkload());
        foreach (string text in parse.GetValue(_attn) ?? [])
        {
            works.Add((Shape("--attn", text, AttentionCase.Parse) with { Backward = backward, Band = band }).ToWorkload());
        }

        foreach (string text in parse.GetValue(_dit) ?? []) works.Add((Shape("--dit", text, DiTCase.Parse) with { Train = train }).ToWorkload());
        bool described = new Option[] { _tokens, _headSize, _heads, _batch, _keyTokens, _causal, _window }.Any(option => parse.GetResult(option) is { Implicit: false });
        if (works.Count > 0) return works;
        if (!described) return backward ? throw new UsageException("--backward: expected a shape of attention with it", "puredit bench attention --tokens 1024 --backward") : works;
        AttentionCase which = new(
            Size(parse, _batch, 1), Size(parse, _heads, 6), Size(parse, _tokens, 1024), Size(parse, _headSize, 64))
        {
            KeyTokens = (int)Numbers.Whole(parse.GetValue(_keyTokens), _keyTokens.Name, 0, MostTokens, 0),
            Band = band,
            Backward = backward,
        };
        return [which.ToWorkload()];
    }

    // Attention that stores its matrix, beside the kernel that does not: where attention is what is looked at.
    private List<Workload> WithNaive(ParseResult parse, List<Workload> works) => parse.GetValue(_what) != "attention"
        ? works
        : [.. works.SelectMany(work => work.Rival is null ? [work] : (Workload[])[work, work.Rival])];

    private AttentionBand Band(ParseResult parse)
    {
        if (parse.GetValue(_window) is not { } text) return new(null, parse.GetValue(_causal) ? 0 : null);
        string[] sides = text.Split(',');
        if (sides.Length != 2) throw new UsageException($"--window: expected L,R, got '{text}'", "for example --window 128,0");
        return new(Side(sides[0]), parse.GetValue(_causal) ? 0 : Side(sides[1]));

        static int Side(string side) => (int)Numbers.Whole(side, "--window", 0, MostTokens, 128);
    }

    private static T Shape<T>(string option, string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{option}: {e.Message}", "puredit bench --help shows the form of every shape");
        }
    }

    private static int Size(ParseResult parse, Option<string> option, int standard) =>
        (int)Numbers.Whole(parse.GetValue(option), option.Name, 1, MostTokens, standard);

    private static SimdLevel Width(string text) =>
        SimdLevels.Supported.FirstOrDefault(level => text == ((int)level).ToString(CultureInfo.InvariantCulture)) is var found && found != 0
            ? found
            : throw new UsageException(
                $"--simd: expected one of {string.Join(", ", SimdLevels.Supported.Select(level => (int)level))}, which this machine has, got '{text}'", "for example --simd 256");

    private static double Seconds(string? text)
    {
        if (text is null) return 0.3;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= MostSeconds
            ? value
            : throw new UsageException($"--seconds: expected a number above 0 and up to {MostSeconds}, got '{text}'", "for example --seconds 0.3");
    }

    private static string[] List(string text) => text.Split(',');

    private static Option<string> Number(string name, string description) => new(name) { Description = description, HelpName = "number" };

    private static Option<string[]> Shapes(string name, string form, string description) => new(name) { Description = description, HelpName = form };
}
