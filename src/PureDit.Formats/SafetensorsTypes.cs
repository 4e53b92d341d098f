namespace PureDit.Formats;

// The names of element types in a safetensors header.
internal static class SafetensorsTypes
{
    // Known to the format, not to this reader: worth a message of their own.
    private static readonly string[] Unsupported =
        ["F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"];

    public static string Name(this ElementType type) => type switch
    {
        ElementType.Bool => "BOOL",
        ElementType.U8 => "U8",
        ElementType.I8 => "I8",
        ElementType.I16 => "I16",
        ElementType.U16 => "U16",
        ElementType.F16 => "F16",
        ElementType.BF16 => "BF16",
        ElementType.I32 => "I32",
        ElementType.U32 => "U32",
        ElementType.F32 => "F32",
        ElementType.F64 => "F64",
        ElementType.I64 => "I64",
        ElementType.U64 => "U64",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "type: not a ElementType."),
    };

    public static bool IsKnownButUnsupported(string name) => Unsupported.Contains(name);
}
