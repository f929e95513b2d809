using Millpond.IntegrationTests.Sessions;
using Respawn;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>Respawn on a session's connection. It knows no SQLite.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RespawnTests : LibraryTestBase
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F03_Respawn_empties_the_tables_in_the_sessions_transaction(bool commits)
    {
        await CreatePeopleAsync();
        await using (var session = Engine.OpenSession())
        {
            var options = new RespawnerOptions { DbAdapter = DbAdapter.Postgres, TablesToIgnore = ["pets"] };
            var respawner = await Respawner.CreateAsync(session.Connection, options);
            await respawner.ResetAsync(session.Connection);
            Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from people", Token));
            await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        }

        Assert.Equal((commits ? 0 : 1, 1), (await CommittedAsync("people"), await CommittedAsync("pets")));
        Assert.Equal(0, Engine.GetSnapshot().SynchronousCalls);
    }
}
