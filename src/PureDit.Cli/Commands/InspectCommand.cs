using System.CommandLine;
using System.Globalization;
using PureDit.Formats;
using PureDit.Nn;
using Spectre.Console;

namespace PureDit.Cli;

/// <summary><c>inspect FILE.safetensors</c>: metadata and tensors of any safetensors file, or of all that an index names.</summary>
internal static class InspectCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(CommonOptions common, CliHost host)
    {
        Argument<string> file = new("file") { Description = "a safetensors file, or the index of several (model.safetensors.index.json)" };
        Command command = new("inspect", "List the metadata and the tensors of a safetensors file.") { file };
        command.SetAction(Invocation.Of(common, host, (parse, invocation) => Run(parse.GetRequiredValue(file), invocation)));
        return command;
    }

    // Only headers are read, however large the tensors are.
    private static int Run(string path, Invocation invocation)
    {
        string full = invocation.Host.FullPath(path);
        return SafetensorsIndex.IsIndex(full)
            ? SafetensorsIndex.Open(full, file => Show(path, file, invocation))
            : SafetensorsFile.Open(full, file => Show(path, file, invocation));
    }

    private static int Show(string path, SafetensorsFile file, Invocation invocation)
    {
        List<TensorJson> tensors =
        [
            .. file.Tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
                new TensorJson(pair.Key, pair.Value.DType.ToString().ToUpperInvariant(), pair.Value.Shape.ToArray(), pair.Value.Count)),
        ];
        long parameters = tensors.Sum(tensor => tensor.Parameters);
        long bytes = file.Tensors.Values.Sum(tensor => tensor.ByteLength);

        foreach ((string key, string value) in file.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            invocation.Line($"{Shown.Name(key)}: {Shown.Name(value)}");
        }

        Table table = Shown.Table("tensor", "dtype", "shape", "parameters");
        foreach (TensorJson tensor in tensors)
        {
            table.AddRow(new Text(Shown.Name(tensor.Name)), new Text(tensor.Dtype), new Text($"[{string.Join(", ", tensor.Shape)}]"), new Text(Count(tensor.Parameters)));
        }

        invocation.Screen.Write(table);
        invocation.Line($"{Count(tensors.Count)} tensors, {Count(parameters)} parameters, {Count(bytes)} bytes");
        AttentionDecision? attention = Attention(file);
        if (attention is not null) invocation.Line($"attention: {attention}");
        invocation.Result(
            new(path, file.Metadata, tensors, tensors.Count, parameters, bytes) { Attention = attention is null ? null : AttentionJson.Of(attention) },
            CliJson.Default.InspectJson);
        return ExitCode.Done;
    }

    // A file whose metadata describe no network is shown all the same: sample and evaluate say what is wrong with it.
    private static AttentionDecision? Attention(SafetensorsFile file)
    {
        try
        {
            return file.Metadata.ContainsKey("puredit.attention") ? AttentionDecision.Of(DiTMetadata.Read(file)) : null;
        }
        catch (DiTFileException)
        {
            return null;
        }
    }

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
