namespace Ryot.Cli.Commands;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary><c>--check</c> found a file that is not current.</summary>
    public const int NotCurrent = 1;

    /// <summary>The input is wrong or missing.</summary>
    public const int BadInput = 2;
}
