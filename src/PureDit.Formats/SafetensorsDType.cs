// Element types of a safetensors file. The order of the members is the format's own: a writer stores the largest
// type first, which keeps every tensor aligned to its element size.
//
// The format also knows types of 4, 6 and 8 bits and complex numbers; files that hold them are refused by name.

namespace PureDit.Formats;

/// <summary>Element type of a tensor in a safetensors file; all little-endian.</summary>
public enum SafetensorsDType
{
    /// <summary>One byte; zero is false, anything else is true.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper 16 bits of a single.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

internal static class SafetensorsDTypes
{
    // Known to the format, not to this reader: worth a message of their own.
    private static readonly string[] Unsupported =
        ["F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"];

    public static string Name(this SafetensorsDType type) => type switch
    {
        SafetensorsDType.Bool => "BOOL",
        SafetensorsDType.U8 => "U8",
        SafetensorsDType.I8 => "I8",
        SafetensorsDType.I16 => "I16",
        SafetensorsDType.U16 => "U16",
        SafetensorsDType.F16 => "F16",
        SafetensorsDType.BF16 => "BF16",
        SafetensorsDType.I32 => "I32",
        SafetensorsDType.U32 => "U32",
        SafetensorsDType.F32 => "F32",
        SafetensorsDType.F64 => "F64",
        SafetensorsDType.I64 => "I64",
        SafetensorsDType.U64 => "U64",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "type: not a SafetensorsDType."),
    };

    public static int Size(this SafetensorsDType type) => type switch
    {
        SafetensorsDType.Bool or SafetensorsDType.U8 or SafetensorsDType.I8 => 1,
        SafetensorsDType.I16 or SafetensorsDType.U16 or SafetensorsDType.F16 or SafetensorsDType.BF16 => 2,
        SafetensorsDType.I32 or SafetensorsDType.U32 or SafetensorsDType.F32 => 4,
        _ => 8,
    };

    public static bool TryParse(string name, out SafetensorsDType type)
    {
        for (type = SafetensorsDType.Bool; type <= SafetensorsDType.U64; type++)
        {
            if (type.Name() == name) return true;
        }

        return false;
    }

    public static bool IsKnownButUnsupported(string name) => Unsupported.Contains(name);
}
