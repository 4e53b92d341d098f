// Fields of the configuration as options: name, range and default come from the one table in TrainingFields, so that
// the command line, config.json and the help cannot disagree. Values stay text here; TrainingFields checks them.

using System.CommandLine;
using System.Text.Json.Nodes;
using PureDit.Training;

namespace PureDit.Cli;

/// <summary>Options for some fields of the configuration.</summary>
internal sealed class FieldOptions
{
    private readonly List<(TrainingField Field, Option<string> Option)> _options = [];

    /// <summary>Options for the fields that are wanted.</summary>
    /// <param name="wanted">Which fields.</param>
    public FieldOptions(Func<string, bool> wanted)
    {
        JsonObject defaults = JsonNode.Parse(TrainingFields.Write(new TrainingConfig()))!.AsObject();
        foreach (TrainingField field in TrainingFields.All.Where(field => wanted(field.Name)))
        {
            string[] aliases = field.Name == "frames" ? ["--window"] : [];
            _options.Add((field, new Option<string>(field.Option, aliases)
            {
                Description = Describe(field, defaults[field.Name]),
                HelpName = field.IsFlag ? "false|true" : field.Minimum is null ? "text" : "number",
                Arity = field.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            }));
        }
    }

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => _options.Select(pair => pair.Option);

    /// <summary>The fields given on a command line, with their values as text.</summary>
    public Dictionary<string, string> Given(ParseResult parse)
    {
        Dictionary<string, string> given = [];
        foreach ((TrainingField field, Option<string> option) in _options)
        {
            if (parse.GetValue(option) is { } value) given.Add(field.Name, value);
            else if (field.IsFlag && parse.GetResult(option) is not null) given.Add(field.Name, "true");
        }

        return given;
    }

    private static string Describe(TrainingField field, JsonNode? value)
    {
        string standard = value is null or JsonArray { Count: 0 } ? "" : $"default {value}";
        string range = field.Choices is null && field.Minimum is null ? "" : field.Range;
        string facts = string.Join("; ", new[] { range, standard }.Where(text => text.Length > 0));
        return facts.Length == 0 ? field.Description : $"{field.Description} [{facts}]";
    }
}
