using Xunit;

namespace Millpond.Testing.Tests.Adapters;

/// <summary>Tests that fail before they begin if SHOW_A_FAILURE is set, for <see cref="AdapterTests"/>.</summary>
[ReturnDatabases]
[Trait("Needs", "PostgreSQL")]
public sealed class FailedStartTests : IAsyncLifetime
{
    private static readonly Databases Databases = Databases.PostgreSql(
        DatabaseTemplate.FromSql(Kit.Schema), o => (o.MaxDatabases, o.AcquireTimeout) = (1, TimeSpan.FromSeconds(20)));

    private TestDatabase _db = null!;

    public async ValueTask InitializeAsync()
    {
        _db = await Databases.AcquireForTestAsync();
        if (Environment.GetEnvironmentVariable("SHOW_A_FAILURE") is not null)
        {
            await _db.CountAsync("nowhere");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_test_begins_on_an_empty_database(int id)
    {
        Assert.Equal(0, await _db.CountAsync("users"));
        await _db.ExecuteAsync($"insert into users (name) values ('u{id}')");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
