using System.CommandLine;
using PureDit.Diffusion;
using PureDit.Inference;
using PureDit.Kernels;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary><c>sample RUN -n COUNT -o FILE</c>: draws samples in the units of the data.</summary>
internal static class SampleCommand
{
    private const int MostSamples = 10_000_000, MostSteps = 100_000;

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        SamplingOptions standard = new();
        Argument<string> run = new("run") { Description = "name of a run in runs/, or the path of its folder" };
        Option<string> count = new("--count", "-n") { Description = "number of samples", HelpName = "number", Required = true };
        Option<string> output = new("--output", "-o")
        {
            Description = "where to: .csv (sample, frame, one column per channel), .npy or .safetensors",
            HelpName = "file",
            Required = true,
        };
        Option<string> sampler = new("--sampler") { Description = $"algorithm [{string.Join(" | ", Samplers.Names)}; default {standard.Sampler}]", HelpName = "name" };
        Option<string> steps = new("--steps") { Description = $"its steps [2 … {MostSteps}; default {standard.Steps}]", HelpName = "number" };
        Option<string> seed = new("--seed") { Description = "key of the noise; sample i of a seed does not depend on the count [default 0]", HelpName = "number" };
        Option<string> threads = CommonOptions.Threads();
        Option<bool> force = new("--force") { Description = "replace a file that exists" };
        Command command = new("sample", "Draw samples from a trained run.") { run, count, output, sampler, steps, seed, threads, force };
        command.SetAction(Invocation.Of(common, host, (parse, invocation) =>
        {
            SamplingOptions options = new()
            {
                Sampler = Known(parse.GetValue(sampler) ?? standard.Sampler),
                Steps = (int)Numbers.Whole(parse.GetValue(steps), "--steps", 2, MostSteps, standard.Steps),
                Seed = (ulong)Numbers.Whole(parse.GetValue(seed), "--seed", 0, long.MaxValue, 0),
            };
            int samples = (int)Numbers.Whole(parse.GetValue(count), "--count", 1, MostSamples, 100);
            RunFolder folder = RunFolder.Open(host.WorkingDirectory, parse.GetRequiredValue(run));
            SampleFile file = SampleFile.At(host.FullPath(parse.GetRequiredValue(output)), parse.GetValue(force));
            return Run(invocation, folder, file, samples, options, CommonOptions.Cpu(parse.GetValue(threads)));
        }));
        return command;
    }

    private static int Run(Invocation invocation, RunFolder folder, SampleFile file, int count, SamplingOptions options, Cpu cpu)
    {
        CliHost host = invocation.Host;
        IDiffusionModel model = ModelFile.Load(folder.WeightsPath);
        long start = host.Clock.GetTimestamp();
        float[] samples = ProgressView.Run(invocation, view => Samples(model, count, options, cpu, view, host.Stop.Token));
        double seconds = host.Clock.GetElapsedTime(start).TotalSeconds;
        file.Write(samples, model, options);
        invocation.Line($"{count} samples of {model.Network.Input.Tokens} × {model.Network.Input.DataChannels} "
            + $"in {Shown.Number(seconds)} s: {host.Shorten(file.Path)}");
        invocation.Result(new(count, file.Path, seconds, (long)options.Seed, options.Sampler), CliJson.Default.SampleJson);
        return ExitCode.Done;
    }

    private static float[] Samples(
        IDiffusionModel model, int count, SamplingOptions options, Cpu cpu, ProgressView view, CancellationToken cancellation)
    {
        Relay<int> progress = new(done => view.Report(new("sampling", (double)done / count)));
        float[] samples = new float[checked(count * model.Network.Input.Tokens * model.Network.Input.DataChannels)];
        new SampleDrawer(model.Denoiser(cpu), model.Schedule).Draw(options, samples, progress, cancellation);
        model.Scale?.Invert(samples);
        return samples;
    }

    private static string Known(string sampler) => Samplers.Names.Contains(sampler)
        ? sampler
        : throw new UsageException(
            $"--sampler: expected {string.Join(" | ", Samplers.Names)}, got '{sampler}'",
            Nearest.To(sampler, Samplers.Names) is { } nearest ? $"did you mean {nearest}?" : "puredit sample --help");
}
