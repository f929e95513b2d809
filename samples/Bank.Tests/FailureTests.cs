using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Millpond;
using Xunit;

namespace Bank.Tests;

/// <summary>Fails if SHOW_A_FAILURE is set, to see what the output of a failed test says about its database.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_failure_shows_its_rows()
    {
        var db = await TestBank.Databases.AcquireForTestAsync();
        using var client = TestBank.Factory.CreateClient(db);
        using var opened = await client.PostAsJsonAsync(
            "/accounts", new { owner = "ada", balance = 100 }, TestContext.Current.CancellationToken);

        Assert.True(Environment.GetEnvironmentVariable("SHOW_A_FAILURE") is null, "This test was to fail.");
    }
}
