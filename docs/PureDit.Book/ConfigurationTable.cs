// docs/configuration.md: the fields of a training configuration, from the same table that checks them and that makes
// the command line's options.

using System.Text.Json.Nodes;
using PureDit.Training;

namespace PureDit.Book;

public sealed class ConfigurationTable : IChapter
{
    public string Name => "configuration";

    public void Run(BookOutput output)
    {
        JsonObject defaults = JsonNode.Parse(TrainingFields.Write(new TrainingConfig()))!.AsObject();
        output.Table(
            "configuration", [new("field"), new("option"), new("default"), new("values"), new("meaning")],
            [.. TrainingFields.All.Select(field => (object[])
                [$"`{field.Name}`", field.Name == "data" ? "" : $"`{field.Option}`", Default(defaults[field.Name]), field.Range, field.Description])]);
    }

    private static string Default(JsonNode? value) => value switch
    {
        null => "none",
        JsonArray => "all columns",
        JsonValue text when text.TryGetValue(out string? name) => $"`{name}`",
        _ => value.ToJsonString(),
    };
}
