using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Millpond.IntegrationTests.Load;

/// <summary>The generator as a program: <c>dotnet run --project bench/Load</c>.</summary>
public sealed class LoadProgramTests
{
    [Fact]
    public async Task G05_A_generator_that_cannot_keep_the_rate_reports_it_and_exits_with_3()
    {
        await using var site = await LoadSite.StartAsync((_, _) => Task.CompletedTask);

        var (code, output, _) = await RunAsync("--url", site.Address, "--rate", "100000", "--requests", "5000");

        Assert.Contains("Void: the generator lagged ", output, StringComparison.Ordinal);
        Assert.Equal(3, code);
    }

    [Fact]
    public async Task The_report_is_available_as_JSON()
    {
        await using var site = await LoadSite.StartAsync((_, _) => Task.CompletedTask);

        var (_, output, _) = await RunAsync("--url", site.Address, "--clients", "2", "--requests", "20", "--json");

        var report = JsonElement.Parse(output);
        Assert.Equal(20, report.GetProperty("sent").GetInt64());
        var outcome = Assert.Single(report.GetProperty("outcomes").EnumerateArray());
        Assert.Equal(20, outcome.GetProperty("count").GetInt64());
        Assert.Equal(("200 OK", "done"), (outcome.GetProperty("name").GetString(), outcome.GetProperty("kind").GetString()));
        Assert.InRange(report.GetProperty("latencyMs").GetProperty("p99").GetDouble(), 0.001, 60_000);
    }

    [Theory]
    [InlineData("--url is missing; --help shows the options.", "--rate", "5")]
    [InlineData("--method needs a method such as GET, not 'G T'.", "--url", "http://127.0.0.1:1", "--method", "G T")]
    public async Task Invalid_options_are_reported_in_one_sentence_with_exit_code_2(string sentence, params string[] arguments) =>
        Assert.Equal((2, "", sentence), await RunAsync(arguments));

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "Millpond.Load.dll");
        using var process = Process.Start(new ProcessStartInfo(host, [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(120));
        return (process.ExitCode, await output, (await errors).Trim());
    }
}
