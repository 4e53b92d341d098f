// What went wrong, for people: one line that says what, one that says what to do, and an exit code. Only a bug asks
// to be reported; its stack trace is shown on request.

using System.Text.Json;
using PureDit.Benchmarking;
using PureDit.Formats;
using PureDit.Nn;
using PureDit.Series;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>An error as the command line tells it.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record Failure(int Code, string Message, string Hint)
{
    /// <summary>The failure that an exception stands for.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        ConfigurationException e => new(ExitCode.Usage, WithoutParameter(e.Message), "puredit train --help lists every field with its range"),
        UsageException e => new(ExitCode.Usage, e.Message, e.Hint),
        SafetensorsException e => new(ExitCode.BadFile, e.Message, "puredit inspect FILE shows what a valid file holds"),
        DiTFileException e => new(ExitCode.BadFile, e.Message, "puredit inspect FILE shows what the file holds"),
        SeriesException e => new(ExitCode.BadFile, e.Message, "mend the file, choose other --columns, or say what --missing values mean"),
        NpyException e => new(ExitCode.BadFile, e.Message, "name a file that NumPy wrote with numpy.save"),
        FileNotFoundException e => new(ExitCode.InputOutput, $"{e.FileName}: no such file", "check the path"),
        DirectoryNotFoundException e => new(ExitCode.InputOutput, e.Message, "check the path"),
        UnauthorizedAccessException e => new(ExitCode.InputOutput, e.Message, "check the permissions of the file and of its folder"),
        CheckpointException e => new(ExitCode.InputOutput, e.Message, "make room or mend the folder, then: puredit resume RUN"),
        IOException e => new(ExitCode.InputOutput, e.Message, "check the disk and the path"),
        TrainingDivergedException e => new(ExitCode.Diverged, e.Message, "train anew with a lower --learning-rate or --clip-norm, or: puredit resume RUN --learning-rate NUMBER --override learning-rate"),
        RunInUseException e => new(ExitCode.Usage, e.Message, "wait for it to end, or stop it with kill: it saves what was learnt"),
        ChangedConfigurationException { Names: [] } e => new(ExitCode.Usage, e.Message, "train a new run"),
        ChangedConfigurationException e => new(
            ExitCode.Usage, e.Message, $"go on all the same with {string.Join(' ', e.Names.Select(name => "--override " + JsonNamingPolicy.KebabCaseLower.ConvertName(name)))}"),
        WrongResultException e => new(ExitCode.Bug, $"a kernel is wrong: {e.Message}", "this is a bug; please report it with the processor's name"),
        InsufficientMemoryException e => new(ExitCode.OutOfMemory, e.Message, "try a smaller --batch, --width, --depth or --training-sequences, or --recompute"),
        OutOfMemoryException => new(ExitCode.OutOfMemory, "out of memory", "try a smaller --batch, --width, --depth or --training-sequences"),
        OverflowException => new(ExitCode.OutOfMemory, "these sizes are beyond what can be addressed", "try a smaller --training-sequences, --samples or --frames"),
        _ => new(ExitCode.Bug, $"unexpected {exception.GetType().Name}: {exception.Message}", "this is a bug; please report it with the output of --verbose"),
    };

    /// <summary>Writes the two lines.</summary>
    public void WriteTo(TextWriter error)
    {
        error.WriteLine($"puredit: error: {OneLine(Message)}");
        error.WriteLine($"hint: {OneLine(Hint)}");
    }

    /// <summary>Writes what went wrong and did not end the command.</summary>
    public static void Warn(TextWriter error, string text) => error.WriteLine($"puredit: warning: {OneLine(text)}");

    // What the library calls its argument means nothing on a command line.
    private static string WithoutParameter(string message) => message.Split(" (Parameter '")[0];

    // Names out of files and arguments are part of messages: no control character may reach the terminal.
    private static string OneLine(string text) =>
        string.Create(text.Length, text, (line, source) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
}
