namespace PureDit.Nn;

/// <summary>The one wording of a value out of range: name, expected, actual.</summary>
internal static class Expect
{
    public static void InRange(string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name}: expected {least} to {most}, got {value}.");
        }
    }
}
