using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteEvolveTests : EvolveRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override DbConnection OwnConnection() => new SqliteConnection($"Data Source={Database.Url["sqlite:".Length..]}");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F07_Evolve_migrates_in_the_sessions_transaction_if_synchronous_calls_are_allowed(bool commits)
    {
        using var folder = new ScriptFolder();
        await using (var session = CreateBlockingEngine().OpenSession())
        {
            Migrate(session.Connection, folder);
            await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        }

        await using var next = Engine.OpenSession();
        Assert.Equal(
            commits ? 1 : 0, await ScalarAsync<int>(next, "select count(*) from sqlite_master where name = 'notes'", Token));
    }
}
