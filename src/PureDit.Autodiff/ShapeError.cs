namespace PureDit.Autodiff;

/// <summary>The one wording of a shape mismatch: name, expected, actual.</summary>
internal static class ShapeError
{
    public static ArgumentException Of(string name, string expected, Shape actual) =>
        new($"{name}: expected shape {expected}, got {actual}.", name);
}
