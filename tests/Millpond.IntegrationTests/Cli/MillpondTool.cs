using System.Diagnostics;
using Millpond.IntegrationTests.Bank;

namespace Millpond.IntegrationTests.Cli;

/// <summary>The tool <c>millpond</c>, run as a program of its own.</summary>
internal static class MillpondTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Gets the built program, from the same build as the tests.</summary>
    private static string Program => BankProcess.Program.Replace("Bank", "Millpond.Cli", StringComparison.Ordinal);

    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(new ProcessStartInfo(host, [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, (await output).ReplaceLineEndings("\n"), (await errors).Trim());
    }
}
