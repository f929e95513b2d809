using System.Globalization;

namespace Millpond.PackageTests.Feed;

/// <summary>The .NET CLI.</summary>
internal static class Dotnet
{
    /// <summary>One compiler for all these builds, also where the environment turned the shared one off.</summary>
    public static readonly string[] BuildOptions =
    [
        "-p:UseSharedCompilation=true",
        $"-p:SharedCompilationId=millpond-packages-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}",
    ];

    private static string Program => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static Task<string> RunAsync(string folder, params string[] arguments) => Command.RunAsync(folder, Program, arguments);

    public static Task<(int Code, string Output)> TryAsync(string folder, params string[] arguments) =>
        Command.TryAsync(folder, Program, arguments);

    /// <summary>Builds or publishes; a warning is a failure.</summary>
    public static Task<string> BuildAsync(string folder, string verb, params string[] arguments) =>
        RunAsync(
            folder,
            [
                verb, "--verbosity", "quiet", "--nologo", "-warnaserror", "-consoleLoggerParameters:NoSummary",
                .. BuildOptions, .. arguments,
            ]);
}
