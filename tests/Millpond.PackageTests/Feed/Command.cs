using System.Diagnostics;
using Xunit;

namespace Millpond.PackageTests.Feed;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Returns what it printed; a failure fails the test with that.</summary>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        var (code, output) = await TryAsync(folder, program, arguments);
        Assert.True(code == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}: exit code {code}\n{output}");
        return output;
    }

    /// <summary>Returns its exit code and what it printed.</summary>
    public static async Task<(int Code, string Output)> TryAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(Describe(folder, program, arguments))!;
        process.StandardInput.Close();
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
            await process.WaitForExitAsync().WaitAsync(Patience);
            return (process.ExitCode, output + await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Describes how to start it: without what a build around these tests has set for itself.</summary>
    public static ProcessStartInfo Describe(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";   // no build server outlives the tests
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        return start;
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Millpond__", StringComparison.OrdinalIgnoreCase)
        || name.Equals("DOTNET_ENVIRONMENT", StringComparison.OrdinalIgnoreCase)
        || name.Equals("NUGET_PACKAGES", StringComparison.OrdinalIgnoreCase)
        || name.Equals("URLS", StringComparison.OrdinalIgnoreCase);
}
