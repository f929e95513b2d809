using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace Millpond.Testing.Tests.Hosting;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHostTests() : HostContract(
    Databases.PostgreSql(DatabaseTemplate.FromSql(Schema), o => (o.MaxDatabases, o.MaxKept) = (8, 0)))
{
    [Fact]
    public async Task T12_Requests_of_a_test_in_a_sandbox_commit_into_it()
    {
        await using var db = await Databases.AcquireAsync(TestIsolation.Sandbox);
        using var client = Factory.CreateClient(db);

        (await client.PostAsync("/entries/one", content: null, Kit.Token)).EnsureSuccessStatusCode();
        using var refused = await client.PostAsync("/entries/wrong", content: null, Kit.Token);

        Assert.Equal((1, TestIsolation.Sandbox), (await db.CountAsync("entries", Kit.Token), db.Isolation));
        Assert.Equal(0L, await Kit.OnServerAsync("select count(*) from entries", db.Name));
    }

    [Fact]
    public async Task T09_A_response_that_begins_before_its_commit_is_found()
    {
        await using var db = await Databases.AcquireAsync();
        using var client = Factory.CreateClient(db);

        await DatabaseExpect.NoByteBeforeCommitAsync(db, client, new(HttpMethod.Post, "/entries/held"), Kit.Token);
        var early = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NoByteBeforeCommitAsync(
            db, client, new(HttpMethod.Post, "/early/entry"), Kit.Token));
        var other = await Assert.ThrowsAsync<TestDatabaseException>(() => DatabaseExpect.NoByteBeforeCommitAsync(
            db, client, new(HttpMethod.Get, "/nowhere"), Kit.Token));

        Assert.Equal(
            "The response began before the COMMIT: the client got status 200, and the COMMIT failed.", early.Message);
        Assert.Equal(
            "The request commits nothing in the test's database (status 404). Use one that writes and succeeds.", other.Message);
        Assert.Equal(0, await db.CountAsync("entries", Kit.Token));
    }
}
