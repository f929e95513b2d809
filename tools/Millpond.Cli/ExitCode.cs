namespace Millpond.Cli;

/// <summary>The exit codes, for scripts.</summary>
internal static class ExitCode
{
    public const int Fine = 0;
    public const int Problem = 1;
    public const int Failed = 2;
}
