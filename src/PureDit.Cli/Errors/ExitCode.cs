namespace PureDit.Cli;

/// <summary>Exit codes, the same for every verb.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Bug = 1;
    public const int Usage = 2;
    public const int BadFile = 3;
    public const int InputOutput = 4;
    public const int Diverged = 5;
    public const int OutOfMemory = 6;
    public const int HungUp = 128 + 1;
    public const int Interrupted = 128 + 2;
    public const int Terminated = 128 + 15;

    /// <summary>The table that ends every help page.</summary>
    public const string Table =
        """
        Exit codes:
          0              done
          1              a bug in puredit: please report it
          2              wrong usage or configuration
          3              a file that is damaged or not of the expected kind; verify: beyond tolerance
          4              a file cannot be read or written
          5              training diverged
          6              out of memory
          129, 130, 143  stopped by a signal, after saving what was learnt
        """;
}
