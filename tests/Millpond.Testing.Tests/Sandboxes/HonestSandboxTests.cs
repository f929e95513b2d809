using System.Data;
using Npgsql;
using Xunit;

namespace Millpond.Testing.Tests.Sandboxes;

/// <summary>What one transaction cannot represent makes a sandbox a real database, or is refused.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class HonestSandboxTests
{
    private const string Timed = "create table notes (text text, at timestamptz not null default now())";

    private readonly List<string> _output = [];

    [Fact]
    public async Task T12_A_second_concurrent_session_gets_its_own_connection()
    {
        await using var databases = Kit.Own(_output);
        string name;
        DbEngine late;
        await using (var db = await databases.AcquireAsync(TestIsolation.Sandbox))
        {
            (name, late) = (db.Name, db.Engine);
            await db.Engine.RunAsync(async (one, token) =>
            {
                await one.ExecuteAsync($"insert into users (name) values ({"ada"})", token);
                Assert.Null(db.SandboxReplaced);
                await using var two = db.Engine.OpenSession();
                Assert.Equal(0, await two.QuerySingleAsync<long>($"select count(*) from users", token));
                await two.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
                await two.CommitAsync(token);
            }, Kit.Token);

            Assert.Equal(("a second session at the same time", TestIsolation.Recycled), (db.SandboxReplaced, db.Isolation));
            Assert.Equal(2L, await Kit.OnServerAsync("select count(*) from users", name));
        }

        await Assert.ThrowsAnyAsync<Exception>(() => late.RunAsync(
            (session, token) => session.ExecuteAsync($"insert into users (name) values ({"eve"})", token), Kit.Token));
        await using var next = await databases.AcquireAsync(TestIsolation.Sandbox);
        Assert.Equal((name, TestIsolation.Sandbox, 0), (next.Name, next.Isolation, await next.CountAsync("users")));
        Assert.Equal(
            $"{nameof(T12_A_second_concurrent_session_gets_its_own_connection)}: a second session at the same time " +
            "cannot be part of a sandbox, so the test got a real database. Request TestIsolation.Recycled for it.",
            Assert.Single(_output));
    }

    [Fact]
    public async Task T12_A_second_session_is_rejected_if_the_work_before_it_cannot_be_committed_alone()
    {
        await using var databases = Kit.Own(_output);
        await using (var db = await databases.AcquireAsync(TestIsolation.Sandbox))
        {
            await db.ExecuteAsync("insert into users (name) values ('ada')");
            var error = await Assert.ThrowsAnyAsync<Exception>(() => db.Engine.RunAsync(async (one, token) =>
            {
                await one.ExecuteAsync($"delete from users", token);
                await using var two = db.Engine.OpenSession();
                await two.QuerySingleAsync<long>($"select count(*) from users", token);
            }, Kit.Token));

            Assert.Contains(
                "a second session at the same time cannot be part of it. Use TestIsolation.Recycled for this test.",
                error.ToString(), StringComparison.Ordinal);
            Assert.Equal((TestIsolation.Sandbox, 1), (db.Isolation, await db.CountAsync("users")));
        }

        // Also where the code under test has swallowed it.
        Assert.Contains(
            "failed: a second session at the same time cannot be part of a sandbox. It ran in a sandbox",
            Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task T12_A_second_session_is_refused_while_another_reason_waits_for_the_end_of_the_first_one()
    {
        await using var databases = Kit.Own(_output);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        await db.ExecuteAsync("insert into users (name) values ('ada')");

        await db.Engine.RunAsync(async (one, token) =>
        {
            await one.ExecuteAsync($"notify news", token);
            await using var two = db.Engine.OpenSession();
            await Assert.ThrowsAnyAsync<Exception>(() => two.QuerySingleAsync<long>($"select count(*) from users", token));
        }, Kit.Token);

        Assert.StartsWith("LISTEN or NOTIFY", db.SandboxReplaced, StringComparison.Ordinal);
        Assert.Equal(1, await db.ReadAsync<long>("select count(*) from users"));
    }

    [Theory]
    [InlineData("isolation level Serializable", "serializable ")]
    [InlineData("OnBegin", "read committed seven")]
    [InlineData("a statement timeout", "read committed ")]
    [InlineData("SessionMode.Autocommit", "read committed ")]
    public async Task T12_A_session_that_needs_its_own_transaction_gets_one(string reason, string expected)
    {
        var options = new DbSessionOptions();
        switch (reason)
        {
            case "OnBegin":
                options.OnBegin(static begin => begin.Set("my.tenant", "seven"));
                break;
            case "a statement timeout":
                options.StatementTimeout = TimeSpan.FromSeconds(7);
                break;
            case "SessionMode.Autocommit":
                options.Mode = SessionMode.Autocommit;
                break;
            default:
                options.Isolation = IsolationLevel.Serializable;
                break;
        }

        await using var databases = Kit.Own(_output);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        await db.ExecuteAsync("insert into users (name) values ('ada')");

        var read = await db.Engine.RunAsync(
            async (session, token) =>
            {
                await session.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
                return await session.QuerySingleAsync<string>(
                    $"select concat(current_setting('transaction_isolation'), ' ', current_setting('my.tenant', true))", token);
            },
            options,
            Kit.Token);

        Assert.Contains(reason, db.SandboxReplaced, StringComparison.Ordinal);
        Assert.Equal(expected, read);
        Assert.Equal(2L, await Kit.OnServerAsync("select count(*) from users", db.Name));
        Assert.Equal("", await db.ReadAsync<string>("select coalesce(current_setting('my.tenant', true), '')"));
    }

    [Fact]
    public async Task T12_A_time_that_would_stand_still_makes_the_sandbox_real_before_the_second_session()
    {
        await using var databases = Kit.Own(_output, Timed);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);

        await db.ExecuteAsync("insert into notes (text) values ('first')");
        Assert.Null(db.SandboxReplaced);
        await db.ExecuteAsync("insert into notes (text) values ('second')");

        Assert.Equal(2, await db.ReadAsync<long>("select count(distinct at) from notes"));
        Assert.StartsWith("a second session, for which now()", db.SandboxReplaced, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T12_A_statement_that_reads_the_time_gets_that_of_its_own_transaction_or_is_refused()
    {
        await using var databases = Kit.Own(_output);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        var first = await db.ReadAsync<DateTime>("select now()");
        await db.ExecuteAsync("insert into users (name) values ('ada')");

        var late = await Assert.ThrowsAnyAsync<Exception>(() => db.Engine.RunAsync(async (session, token) =>
        {
            await session.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
            await session.QuerySingleAsync<DateTime>($"select now()", token);
        }, Kit.Token));
        Assert.Contains("now() would still be the time of the first one", late.ToString(), StringComparison.Ordinal);
        Assert.Null(db.SandboxReplaced);
        var second = await db.ReadAsync<DateTime>("select current_timestamp");

        Assert.True(second > first, $"{second:O} is not later than {first:O}.");
        Assert.Equal(1, await db.CountAsync("users"));
        Assert.NotNull(db.SandboxReplaced);
    }

    [Fact]
    public async Task T12_A_notification_is_delivered_when_its_session_commits()
    {
        await using var databases = Kit.Own(_output, Kit.Schema, static o => o.MaxDatabases = 2);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        await using var listener = new NpgsqlConnection(db.ConnectionString);
        await listener.OpenAsync(Kit.Token);
        await using (var listen = new NpgsqlCommand("listen news", listener))
        {
            await listen.ExecuteNonQueryAsync(Kit.Token);
        }

        Assert.Equal("a connection of another pool", db.SandboxReplaced);
        await db.ExecuteAsync("notify news");
        await listener.WaitAsync(Kit.Token);

        await using var sender = await databases.AcquireAsync(TestIsolation.Sandbox, Kit.Token);
        await sender.ExecuteAsync("insert into users (name) values ('ada')");
        await sender.ReadAsync<string>("select pg_notify('news', 'x')::text");
        Assert.StartsWith("LISTEN or NOTIFY", sender.SandboxReplaced, StringComparison.Ordinal);
        Assert.Equal(1L, await Kit.OnServerAsync("select count(*) from users", sender.Name));
    }

    [Fact]
    public async Task T12_A_rollback_of_the_session_that_needed_a_real_database_keeps_what_was_committed_before()
    {
        await using var databases = Kit.Own(_output);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        await db.ExecuteAsync("insert into users (name) values ('ada')");

        await Assert.ThrowsAsync<InvalidOperationException>(() => db.Engine.RunAsync(async (session, token) =>
        {
            await session.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
            await session.ExecuteAsync($"set local work_mem = '1MB'", token);
            throw new InvalidOperationException();
        }, Kit.Token));

        Assert.StartsWith("SET LOCAL", db.SandboxReplaced, StringComparison.Ordinal);
        Assert.Equal("ada", await Kit.OnServerAsync("select string_agg(name, ',') from users", db.Name));
        Assert.Equal(1, await db.CountAsync("users"));
    }

    [Fact]
    public async Task T12_A_deferred_constraint_is_checked_at_the_sessions_commit_and_an_immediate_one_at_its_statement()
    {
        await using var databases = Kit.Own(_output, """
            create table users (id int primary key, boss int references users deferrable initially immediate);
            create table orders (buyer int references users deferrable initially deferred);
            """);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);
        List<string> replies = [];

        await db.ExecuteAsync("insert into orders values (1); insert into users values (1)");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => db.Engine.RunAsync(async (session, token) =>
        {
            session.AfterCommit(_ =>
            {
                replies.Add("ordered");
                return Task.CompletedTask;
            });
            await session.ExecuteAsync($"insert into orders values (2)", token);
        }, Kit.Token));
        var isLate = false;
        await Assert.ThrowsAsync<PostgresException>(() => db.Engine.RunAsync(async (session, token) =>
        {
            await session.ExecuteAsync($"insert into users values (3, 4)", token);
            isLate = true;
        }, Kit.Token));

        Assert.Contains("23503", error.ToString(), StringComparison.Ordinal);
        Assert.False(isLate);
        Assert.Empty(replies);
        Assert.Equal((1, null), (await db.CountAsync("orders"), db.SandboxReplaced));
    }

    [Fact]
    public async Task T12_A_session_that_is_left_open_in_a_sandbox_is_reported()
    {
        await using var databases = Kit.Own(_output);
        string name;
        await using (var db = await databases.AcquireAsync(TestIsolation.Sandbox))
        {
            name = db.Name;
            await db.Engine.OpenSession().ExecuteAsync($"insert into users (name) values ({"ada"})", Kit.Token);
        }

        await using var next = await databases.AcquireAsync(TestIsolation.Sandbox);

        Assert.NotEqual(name, next.Name);
        Assert.Contains("left 1 sessions open", Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task T12_An_expectation_holds_across_the_replacement_and_a_failed_test_keeps_its_database()
    {
        await using var databases = Kit.Own(_output);
        await using (var db = await databases.AcquireAsync(TestIsolation.Sandbox))
        {
            await db.ExecuteAsync("insert into users (name) values ('ada')");
            var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NothingPersistedAsync(
                db,
                () => db.Engine.RunAsync(
                    (session, token) => session.ExecuteAsync($"insert into users (name) values ({"bob"})", token),
                    new DbSessionOptions { Isolation = IsolationLevel.RepeatableRead },
                    Kit.Token)));

            Assert.Contains("users: its rows differ (1 before, 2 after)", error.Message, StringComparison.Ordinal);
        }

        Assert.Contains("Its database is kept: psql", _output[1], StringComparison.Ordinal);
        Assert.Contains("users: 2 rows inserted", _output[1], StringComparison.Ordinal);
    }
}
