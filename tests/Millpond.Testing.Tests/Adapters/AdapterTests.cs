using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Millpond.Testing.Tests.Adapters;

/// <summary>The examples, with the one test that can fail.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed partial class AdapterTests
{
    [Theory]
    [InlineData("Bank.Tests", "--filter-method *.A_*", "accounts: 1 row inserted")]
    [InlineData("Shop.Tests", "--filter Name~A_failure|Name~An_order", "Products: 1 row inserted")]
    [InlineData("Migrations.Tests", "--filter Name~A_", "Notes: 1 row inserted")]
    [InlineData("SqlFiles.Tests", "--treenode-filter /*/*/*/A*", "entries: 2 rows inserted")]
    public async Task T07_A_failed_test_of_each_framework_keeps_its_database_and_shows_its_rows(
        string example, string filter, string rows)
    {
        var server = await TestServer.FindAsync(cancellationToken: Kit.Token);

        var (code, output) = await RunAsync(example, filter, server.Url);

        Assert.Equal(2, code);
        Assert.Contains("A_failure_shows_its_rows", output, StringComparison.Ordinal);
        Assert.Contains(" failed: ", output, StringComparison.Ordinal);
        Assert.Contains("Its database is kept: psql postgresql://", output, StringComparison.Ordinal);
        Assert.Contains(rows, output, StringComparison.Ordinal);
        Assert.Single(KeptName().Matches(output).Select(static kept => kept.Value).Distinct());   // other tests passed
    }

    [Fact]
    public async Task An_xUnit_test_whose_initialization_fails_does_not_block_the_next_one()
    {
        var server = await TestServer.FindAsync(cancellationToken: Kit.Token);

        var (code, output) = await RunAsync(
            "Millpond.Testing.Tests", "--filter-class *FailedStartTests", server.Url);

        Assert.Equal(2, code);
        Assert.Contains("There is no table \"nowhere\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain("No test database came free", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_of_xUnit_without_the_attribute_gets_no_database_that_nothing_would_return()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Kit.Databases.AcquireForTestAsync());

        Assert.Equal(
            "Nothing would return the database. Add [assembly: Millpond.ReturnDatabases] to the tests' assembly.", error.Message);
    }

    private static async Task<(int Code, string Output)> RunAsync(string example, string filter, string server)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, $"../../{example}/debug/{example}"));
        var start = new ProcessStartInfo(program, [.. filter.Split(' '), "--timeout", "60s"])
        {
            RedirectStandardOutput = true,
            Environment = { [TestServer.Variable] = server, ["SHOW_A_FAILURE"] = "yes" },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(Kit.Token);
        await process.WaitForExitAsync(Kit.Token);
        return (process.ExitCode, output);
    }

    [GeneratedRegex("psql postgresql://\\S+")]
    private static partial Regex KeptName();
}
