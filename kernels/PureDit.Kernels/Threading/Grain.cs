namespace PureDit.Kernels;

/// <summary>Least amounts of work that are worth waking a thread for, in elements.</summary>
internal static class Grain
{
    /// <summary>For bodies that only move and add: bound by memory.</summary>
    public const int Light = 32768;

    /// <summary>For bodies with an exponential.</summary>
    public const int Heavy = 8192;

    /// <summary>The same in rows.</summary>
    public static int Rows(int elements, int width) => elements / Math.Max(1, width);
}
