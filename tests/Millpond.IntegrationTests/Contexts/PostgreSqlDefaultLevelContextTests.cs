using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Contexts on a database whose transactions are serializable by default.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDefaultLevelContextTests : ContextTestBase
{
    [Fact]
    public async Task S25_A_contexts_transactions_have_the_databases_default_level()
    {
        await using (var setUp = Database.CreateEngine())
        {
            await setUp.RunAsync(
                async (session, token) =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = $"alter database {PostgresUrl.Database(Database.Url)} " +
                        "set default_transaction_isolation = 'serializable'";
                    await command.ExecuteNonQueryAsync(token);
                },
                cancellationToken: Token);
        }

        await InScopeAsync(async (db, _) => Assert.Equal("serializable", await LevelAsync(db)));
        await InScopeAsync(async (db, _) =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, Token);
            Assert.Equal("serializable", await LevelAsync(db));
            Assert.Equal(IsolationLevel.Serializable, transaction.GetDbTransaction().IsolationLevel);
        });
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private static Task<string> LevelAsync(ShopContext db) => db.Database
        .SqlQuery<string>($"""select current_setting('transaction_isolation') as "Value" """).SingleAsync(Token);
}
