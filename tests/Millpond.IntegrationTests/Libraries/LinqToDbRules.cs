using System.Data.Common;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;
using LinqToDB.DataProvider;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>linq2db on a session's connection, as it comes, on every database.</summary>
public abstract class LinqToDbRules : LibraryTestBase
{
    protected abstract IDataProvider Provider { get; }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F03_linq2db_reads_and_writes_in_the_sessions_transaction(bool commits)
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var db = Open(session);
        Assert.Equal(1, await db.InsertAsync(Named("bob"), token: Token));
        Assert.Equal(3, await db.InsertWithInt32IdentityAsync(Named("cleo"), token: Token));
        Assert.Equal(4, (await db.GetTable<Person>().InsertWithOutputAsync(Named("dan"), Token)).Id);
        Assert.Equal(1, await db.GetTable<Person>().Where(static person => person.Name == "bob")
            .Set(static person => person.Age, 41).UpdateAsync(Token));
        Assert.Equal(1, await db.GetTable<Person>().Where(static person => person.Id == 3).DeleteAsync(Token));
        Assert.Equal(
            ["dan 3", "ada 36", "bob 41"],
            await db.GetTable<Person>().OrderBy(static person => person.Age)
                .Select(static person => person.Name + " " + person.Age).ToListAsync(Token));
        Assert.Equal(
            "bob",
            (await db.QueryToListAsync<Person>("select * from people where age = @age", Token, new DataParameter("age", 41)))
                .Single().Name);
        List<int> ids = [];
        await foreach (var person in db.GetTable<Person>().OrderBy(static person => person.Id).AsAsyncEnumerable())
        {
            ids.Add(person.Id);
        }

        Assert.Equal([1, 2, 4], ids);
        await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        Assert.Equal(commits ? 3 : 1, await CommittedAsync("people"));
        Assert.Equal(0, Engine.GetSnapshot().SynchronousCalls);
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task F07_A_transaction_of_linq2db_is_a_savepoint()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var db = Open(session);
        await using (var kept = await db.BeginTransactionAsync(Token))
        {
            await db.InsertAsync(Named("bob"), token: Token);
            await kept.CommitAsync(Token);
        }

        await using (var undone = await db.BeginTransactionAsync(Token))
        {
            await db.InsertAsync(Named("cleo"), token: Token);
            await undone.RollbackAsync(Token);
        }

        await using (await db.BeginTransactionAsync(Token))
        {
            await Assert.ThrowsAnyAsync<DbException>(() => db.ExecuteAsync("insert into nowhere values (1)", Token));
        }

        Assert.Equal(1, await CommittedAsync("people"));   // linq2db's commit was none yet
        await session.CommitAsync(Token);
        Assert.Equal(2, await CommittedAsync("people"));
    }

    [Theory]
    [InlineData(BulkCopyType.Default)]
    [InlineData(BulkCopyType.MultipleRows)]
    [InlineData(BulkCopyType.ProviderSpecific)]
    public async Task F03_linq2db_bulk_copy_uses_multi_row_statements(BulkCopyType type)
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var db = Open(session);
        var copied = await db.BulkCopyAsync(new BulkCopyOptions { BulkCopyType = type }, Crowd(2500), Token);
        Assert.Equal(2500, copied.RowsCopied);
        Assert.StartsWith("INSERT INTO", db.LastQuery, StringComparison.Ordinal);
        Assert.Equal(2501, await db.GetTable<Person>().CountAsync(Token));
        await session.RollbackAsync(Token);
        Assert.Equal(1, await CommittedAsync("people"));
    }

    [Fact]
    public async Task S21_A_temporary_table_of_linq2db_ends_with_its_session()
    {
        await CreatePeopleAsync();
        await using (var session = Engine.OpenSession())
        {
            await using var db = Open(session);
            var table = await db.CreateTempTableAsync(
                "pets_now", [new Pet { Owner = 1, Name = "rex" }], cancellationToken: Token);
            Assert.Equal("rex", (await table.SingleAsync(Token)).Name);
            await session.CommitAsync(Token);
        }

        await using var next = Engine.OpenSession();
        await Assert.ThrowsAnyAsync<DbException>(
            () => ScalarAsync<long>(next, "select count(*) from pets_now", Token));
    }

    [Fact]
    public async Task S13_Synchronous_linq2db_calls_are_rejected_with_the_member_named()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var db = Open(session);
        (string Member, Action Call)[] calls =
        [
            ("DbCommand.ExecuteNonQuery", () => db.Insert(Named("bob"))),
            ("DbCommand.ExecuteNonQuery", () => db.BulkCopy([Named("bob")])),
            ("DbCommand.ExecuteReader", () => _ = db.GetTable<Person>().ToList()),
            ("DbConnection.BeginTransaction", () => db.BeginTransaction()),
            ("DbCommand.ExecuteReader", () => Provider.GetSchemaProvider().GetSchema(db)),
        ];
        foreach (var (member, call) in calls)
        {
            Assert.Equal(member, Assert.Throws<SynchronousCallException>(call).Member);
        }
    }

    [Fact]
    public async Task F01_Closing_or_disposing_a_DataConnection_leaves_the_session_open()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        using (var db = Open(session))
        {
            await db.InsertAsync(Named("bob"), token: Token);
        }

        await using (var db = Open(session))
        {
            await db.CloseAsync();
            Assert.Equal(2, await db.GetTable<Person>().CountAsync(Token));
        }

        await session.CommitAsync(Token);
        Assert.Equal(2, await CommittedAsync("people"));
    }

    [Fact]
    public async Task F03_linq2db_needs_its_provider_named()
    {
        await using var session = Engine.OpenSession();
        var options = new DataOptions().UseConnection(session.Connection);
        Assert.Equal(
            "DataProvider was not specified", Assert.Throws<LinqToDBException>(() => new DataConnection(options)).Message);
    }

    protected static Person Named(string name) => new() { Name = name, Age = name.Length };

    protected static IEnumerable<Person> Crowd(int count) => Enumerable.Range(0, count).Select(static at => Named($"p{at}"));

    protected static async Task<string> LoadPetsAsync(DataConnection db)
    {
        var people = await db.GetTable<Person>()
            .Select(person => new { person.Name, Pets = db.GetTable<Pet>().Where(pet => pet.Owner == person.Id).ToList() })
            .ToListAsync(Token);
        return string.Join(' ', people.Select(static person => $"{person.Name} {person.Pets.Single().Name}"));
    }

    protected DataConnection Open(DbSession session) => new(new DataOptions().UseConnection(Provider, session.Connection));
}
