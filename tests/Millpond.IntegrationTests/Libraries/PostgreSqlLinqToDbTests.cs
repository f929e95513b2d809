using System.Data;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;
using LinqToDB.DataProvider;
using LinqToDB.DataProvider.PostgreSQL;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlLinqToDbTests : LinqToDbRules
{
    protected override IDataProvider Provider { get; } = PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15);

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    [Fact]
    public async Task F07_linq2db_eager_loading_needs_a_stricter_level_or_its_own_transaction()
    {
        await CreatePeopleAsync();
        await using (var session = Engine.OpenSession())
        {
            await using var db = Open(session);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => LoadPetsAsync(db));
            Assert.Contains("cannot use the stricter RepeatableRead", error.Message, StringComparison.Ordinal);
            await using var transaction = await db.BeginTransactionAsync(Token);
            Assert.Equal("ada rex", await LoadPetsAsync(db));
        }

        await using var strict = Engine.OpenSession(new DbSessionOptions { Isolation = IsolationLevel.RepeatableRead });
        await using var over = Open(strict);
        Assert.Equal("ada rex", await LoadPetsAsync(over));
    }

    [Fact]
    public async Task F06_linq2db_uses_COPY_on_the_drivers_connection_in_the_sessions_transaction()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await session.UseProviderConnectionAsync<NpgsqlConnection>(
            async (connection, token) =>
            {
                await using var db = new DataConnection(new DataOptions().UseConnection(Provider, connection));
                var options = new BulkCopyOptions { BulkCopyType = BulkCopyType.ProviderSpecific };
                Assert.Equal(2500, (await db.BulkCopyAsync(options, Crowd(2500), token)).RowsCopied);
                Assert.DoesNotContain("VALUES", db.LastQuery ?? "", StringComparison.Ordinal);
            },
            Token);
        await using var over = Open(session);
        Assert.Equal(2501, await over.GetTable<Person>().CountAsync(Token));
        await session.RollbackAsync(Token);
        Assert.Equal(1, await CommittedAsync("people"));
    }

    [Fact]
    public async Task F02_PostgreSQL_types_work_through_linq2db()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "create table things (id uuid, price numeric, at timestamptz, data jsonb)", Token);
        await using var db = Open(session);
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var id = new Guid("01234567-89ab-cdef-0123-456789abcdef");
        var thing = new Thing { Id = id, Price = 1.50m, At = at, Data = "{\"a\": 1}" };
        await db.InsertAsync(thing, token: Token);
        Assert.Equivalent(thing, await db.GetTable<Thing>().SingleAsync(row => row.Id == id && row.At == at, Token));
    }
}
