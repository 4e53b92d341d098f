using System.CommandLine;
using System.Globalization;
using PureDit.Diffusion;
using PureDit.GaussianProcess;
using PureDit.Inference;
using PureDit.Nn;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary><c>construct gp</c>: writes the score of a Gaussian process into the weights of a DiT, without training.</summary>
internal static class ConstructCommand
{
    private const double StandardAccuracy = 0.01;
    private static readonly string[] Fields =
    [
        "frames", "channels", "covariance", "spatialCorrelation", "meanAmplitude", "trainingSequences", "minTime", "maxTime",
        "seed", "threads", "sampler", "samplerSteps", "samples", "evaluationSequences",
    ];

    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Option<string> run = new("--run") { Description = "name of the run, the folder runs/NAME [default: constructed-001 or the next that is free]", HelpName = "name" };
        Option<string> accuracy = new("--accuracy")
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"share of the score that the steps may leave at min-time; decides the number of blocks [0.00001 … 0.5; default {StandardAccuracy}]"),
            HelpName = "number",
        };
        FieldOptions fields = new(name => Fields.Contains(name));
        Command gp = new("gp", "Write the score of a Gaussian process into the weights of a DiT, save it as a run and judge it; nothing is trained.") { run, accuracy };
        foreach (Option option in fields.All) gp.Add(option);
        gp.SetAction(Invocation.Of(common, host, (parse, invocation) => Run(
            invocation, TrainConfiguration.Read(host, "gp", fields.Given(parse)),
            Numbers.Real(parse.GetValue(accuracy), "--accuracy", 1e-5, 0.5, StandardAccuracy), parse.GetValue(run))));
        return new Command("construct", "Make a network whose weights are written down instead of learnt.") { gp };
    }

    private static int Run(Invocation invocation, TrainingConfig asked, double accuracy, string? name)
    {
        CliHost host = invocation.Host;
        if (name is not null) RunFolder.CheckName(host.WorkingDirectory, name);
        (TrainingConfig config, SequenceData data) = FolderTraining.Load(host, asked);
        UniformLogSnr schedule = new(config.MinTime, config.MaxTime);
        DiffusionModel model = Build(data.Judge, schedule, accuracy);
        config = WithArchitecture(config, model.Network.Config);
        RunFolder folder = RunFolder.Create(host.WorkingDirectory, name, config, prefix: "constructed");
        model.Save(folder.WeightsPath);
        invocation.Line(string.Create(CultureInfo.InvariantCulture,
            $"run: {host.Shorten(folder.FolderPath)} ({config.Depth} blocks of width {config.Width}, {model.Network.Parameters.ValueCount:#,0} values written, none trained)"));
        Judgement.Run(invocation, folder, config, data);
        return ExitCode.Done;
    }

    private static DiffusionModel Build(GaussianSequence process, UniformLogSnr schedule, double accuracy)
    {
        int blocks = ConstructedDiT.BlocksFor(process, schedule, accuracy);
        return blocks <= TrainingFields.MostBlocks
            ? ConstructedDiT.Build(process, schedule, blocks)
            : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture,
                $"accuracy: {accuracy} takes {blocks} blocks, expected up to {TrainingFields.MostBlocks}; ask for less, for a later min-time or a shorter memory."));
    }

    private static TrainingConfig WithArchitecture(TrainingConfig config, DiTConfig network)
    {
        config = config with { Width = network.Width, Depth = network.Depth, Heads = network.Heads, MlpRatio = network.MlpRatio, Objective = "noise" };
        TrainingFields.Validate(config);
        return config;
    }
}
