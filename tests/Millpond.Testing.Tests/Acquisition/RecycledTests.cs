using Npgsql;
using Xunit;

namespace Millpond.Testing.Tests.Acquisition;

[Trait("Needs", "PostgreSQL")]
public sealed class RecycledTests
{
    private readonly List<string> _output = [];

    [Fact]
    public async Task T01_Parallel_tests_have_their_own_databases()
    {
        var many = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), many, async (i, token) =>
        {
            await using var db = await Kit.Databases.AcquireAsync(cancellationToken: token);
            await db.ExecuteAsync($"insert into users (name) values ('u{i}')");

            Assert.Equal(1, await db.CountAsync("users", token));
            Assert.Equal(1, await db.ReadAsync<long>("select id from users"));
        });
    }

    [Fact]
    public async Task The_next_test_gets_the_same_database_empty_and_with_restarted_sequences()
    {
        await using var databases = Kit.Own(_output);
        string name;
        await using (var first = await databases.AcquireAsync())
        {
            name = first.Name;
            await first.ExecuteAsync(
                "insert into users (name) values ('ada'); insert into orders (buyer) select id from users; " +
                "select nextval('tickets')");
        }

        await using var second = await databases.AcquireAsync();

        Assert.Equal(name, second.Name);
        Assert.Equal(0, await second.CountAsync("users"));
        Assert.Equal(0, await second.CountAsync("orders"));
        Assert.Equal(3, await second.CountAsync("colors"));
        Assert.Equal(1, await second.ReadAsync<long>("select nextval('tickets')"));
        Assert.Equal(1, await second.ReadAsync<long>("insert into users (name) values ('bob') returning id"));
        Assert.Empty(_output);
    }

    [Theory]
    [InlineData("create table more (id int)", "a table, index, sequence or view")]
    [InlineData("alter table users add column age int", "a table, index, sequence or view")]
    [InlineData("alter table users alter column name drop not null", "a column")]
    [InlineData("create function one() returns int language sql as 'select 1'", "a function")]
    [InlineData("create schema s", "a schema")]
    [InlineData("select lo_create(0)", "a large object")]
    [InlineData(
        "do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$",
        "a setting of the database")]
    [InlineData("create extension pg_trgm", "created, changed or dropped a")]
    [InlineData("truncate users cascade", "a table, index, sequence or view")]
    [InlineData("update colors set name = 'pink' where name = 'red'", "rows of colors that belong to the template")]
    [InlineData("delete from colors where name = 'red'", "rows of colors that belong to the template")]
    [InlineData("delete from colors where name = 'red'; insert into colors values ('red')", "rows of colors")]
    [InlineData("insert into colors values ('pink')", "rows of colors that belong to the template")]
    public async Task T04_A_test_that_changes_more_than_its_rows_makes_the_next_one_use_a_fresh_clone(string sql, string why)
    {
        await using var databases = Kit.Own(_output);
        string name;
        await using (var first = await databases.AcquireAsync())
        {
            name = first.Name;
            await first.ExecuteAsync(sql);
        }

        await using var second = await databases.AcquireAsync();

        Assert.NotEqual(name, second.Name);
        Assert.Equal(3, await second.CountAsync("colors"));
        Assert.Contains(why, Assert.Single(_output), StringComparison.Ordinal);
        await Kit.UntilAsync(async () => !await Kit.ExistsAsync(name), "the first one is dropped");
    }

    [Fact]
    public async Task T04_A_trigger_that_refills_a_table_does_not_prevent_a_reset_by_a_superuser()
    {
        const string Audited = Kit.Schema + """
            create table audit (what text);
            create function note() returns trigger language plpgsql as $$
                begin insert into audit values (tg_op); return null; end $$;
            create trigger audit after insert or delete on users for each row execute function note();
            """;
        await using var databases = Kit.Own(_output, Audited);
        await using (var first = await databases.AcquireAsync())
        {
            await first.ExecuteAsync("insert into users (name) values ('ada')");
        }

        await using var second = await databases.AcquireAsync();

        Assert.Equal(0, await second.CountAsync("audit"));
        Assert.Empty(_output);
    }

    [Fact]
    public async Task Partitions_and_cycles_of_foreign_keys_are_reset()
    {
        await using var databases = Kit.Own(_output, """
            create table days (day int not null) partition by range (day);
            create table early partition of days for values from (0) to (10);
            create table late partition of days default;
            create table hens (id int primary key, egg int);
            create table eggs (id int primary key, hen int references hens);
            alter table hens add foreign key (egg) references eggs deferrable initially deferred;
            """);
        await using (var first = await databases.AcquireAsync())
        {
            await first.ExecuteAsync(
                "insert into days values (1), (50); insert into hens values (1, 1); insert into eggs values (1, 1)");
        }

        await using var second = await databases.AcquireAsync();

        Assert.Equal(0, await second.ReadAsync<long>(
            "select (select count(*) from days) + (select count(*) from hens) + (select count(*) from eggs)"));
        Assert.Empty(_output);
    }

    [Fact]
    public async Task A_session_left_open_by_a_test_is_reported_and_its_database_is_not_reused()
    {
        await using var databases = Kit.Own(_output);
        string name;
        await using (var first = await databases.AcquireAsync())
        {
            name = first.Name;
            var left = first.Engine.OpenSession();
            await left.ExecuteAsync($"insert into users (name) values ({"ada"})", Kit.Token);
        }

        await using var second = await databases.AcquireAsync();

        Assert.NotEqual(name, second.Name);
        Assert.Contains("left 1 sessions open", Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_left_open_by_a_test_cannot_commit_into_the_next_test()
    {
        await using var databases = Kit.Own(_output);
        string name;
        var left = new NpgsqlConnection();
        await using (var first = await databases.AcquireAsync())
        {
            name = first.Name;
            left.ConnectionString = first.ConnectionString;
            await left.OpenAsync(Kit.Token);
            await using var command = new NpgsqlCommand("begin; insert into users (name) values ('ada')", left);
            await command.ExecuteNonQueryAsync(Kit.Token);
        }

        await using var second = await databases.AcquireAsync();

        Assert.NotEqual(name, second.Name);
        Assert.Contains("inside a transaction", Assert.Single(_output), StringComparison.Ordinal);
        await Record.ExceptionAsync(async () => await left.DisposeAsync());   // the server has ended it
    }

    [Fact]
    public async Task A_thousand_concurrent_tests_share_the_available_databases()
    {
        await using var databases = Kit.Own(_output, Kit.Schema, static o => o.MaxDatabases = 4);
        var names = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ =>
        {
            await using var db = await databases.AcquireAsync();
            return db.Name;
        }));

        Assert.InRange(names.Distinct().Count(), 1, 4 * 6);   // each serves 200 tests
        Assert.Empty(_output);
    }

    [Fact]
    public async Task A_fresh_database_is_never_given_to_another_test()
    {
        await using var databases = Kit.Own(_output);
        List<string> names = [];
        for (var i = 0; i < 3; i++)
        {
            await using var db = await databases.AcquireAsync(TestIsolation.Fresh);
            names.Add(db.Name);
            await db.ExecuteAsync("drop table orders");
        }

        Assert.Equal(3, names.Distinct().Count());
        Assert.Empty(_output);
        foreach (var name in names)
        {
            await Kit.UntilAsync(async () => !await Kit.ExistsAsync(name), "it is dropped");
        }
    }
}
