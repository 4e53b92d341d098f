namespace PureDit.Formats;

// The names of element types in a .npy header; bfloat16 has none.
internal static class NpyType
{
    private static readonly (ElementType Type, string Descr)[] Known =
    [
        (ElementType.Bool, "|b1"), (ElementType.U8, "|u1"), (ElementType.I8, "|i1"), (ElementType.I16, "<i2"),
        (ElementType.U16, "<u2"), (ElementType.F16, "<f2"), (ElementType.I32, "<i4"), (ElementType.U32, "<u4"),
        (ElementType.F32, "<f4"), (ElementType.F64, "<f8"), (ElementType.I64, "<i8"), (ElementType.U64, "<u8"),
    ];

    public static string Descr(ElementType type) => Known.First(known => known.Type == type).Descr;

    public static ElementType? Find(string descr)
    {
        foreach ((ElementType type, string known) in Known)
        {
            if (known == descr) return type;
        }

        return null;
    }
}
