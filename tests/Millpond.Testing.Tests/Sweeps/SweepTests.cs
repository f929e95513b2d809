using Xunit;

namespace Millpond.Testing.Tests.Sweeps;

[Trait("Needs", "PostgreSQL")]
public sealed class SweepTests
{
    [Fact]
    public async Task T11_A_sweep_accepts_atomic_work()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        var sent = 0;

        var runs = await db.SweepAsync(
            token => db.Engine.RunAsync(
                async (session, ct) =>
                {
                    session.AfterCommit(_ =>
                    {
                        sent++;
                        return Task.CompletedTask;
                    });
                    await session.ExecuteAsync($"insert into users (name) values ({"bob"})", ct);
                    await session.ExecuteAsync($"insert into orders (buyer) select id from users where name = {"bob"}", ct);
                },
                new DbSessionOptions { Retries = 1 },
                token),
            arrange: () => db.ExecuteAsync("insert into users (name) values ('ada')"),
            effects: () => sent,
            Kit.Token);

        Assert.InRange(runs, (2 + 1) * 8, (3 + 1) * 8);   // a retry's COMMIT may come with a statement of its own
        Assert.Equal(1, await db.CountAsync("users") - await db.CountAsync("orders"));
    }

    [Fact]
    public async Task T11_A_sweep_finds_work_that_commits_in_two_steps_and_shows_where()
    {
        await using var db = await Kit.Databases.AcquireAsync();

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => db.SweepAsync(async token =>
        {
            await InsertAsync(db, "ada", token);
            await InsertAsync(db, "bob", token);
        }));

        Assert.StartsWith(
            "Sweep: the connection is cut before, at statement 2: insert into users (name) values ($1): a part was persisted.",
            error.Message, StringComparison.Ordinal);
        Assert.Contains("SweepTests.cs:line ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T11_A_sweep_finds_a_mail_sent_before_the_commit()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        var sent = 0;

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => db.SweepAsync(
            token => db.Engine.RunAsync(async (session, ct) =>
            {
                await session.ExecuteAsync($"insert into users (name) values ({"ada"})", ct);
                sent++;
            }, token),
            effects: () => sent));

        Assert.Contains(
            "1 external effects happened, although nothing was persisted",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T11_A_sweep_finds_a_retry_that_repeats_an_effect()
    {
        await using var databases = Kit.Own([], "create table entries (amount int not null)", static o => o.MaxKept = 0);
        await using var db = await databases.AcquireAsync();
        Task AddAsync(CancellationToken token) => db.Engine.RunAsync(
            (session, ct) => session.ExecuteAsync($"insert into entries values ({1})", ct), token);

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => db.SweepAsync(async token =>
        {
            try
            {
                await AddAsync(token);
            }
            catch (CommitOutcomeException)
            {
                await AddAsync(token);   // although it may have been committed
            }
        }));

        Assert.StartsWith(
            "Sweep: the connection is cut after the server acted, at COMMIT 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T11_A_sweep_finds_a_swallowed_error()
    {
        await using var db = await Kit.Databases.AcquireAsync();

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => db.SweepAsync(
            async token => await Record.ExceptionAsync(() => InsertAsync(db, "ada", token))));

        Assert.Contains("nothing was persisted, although the test got no error", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T11_A_sweep_does_not_compare_times_and_UUIDs()
    {
        await using var databases = Kit.Own(
            [], "create table logins (id uuid primary key, at timestamptz not null, name text)", static o => o.MaxKept = 0);
        await using var db = await databases.AcquireAsync();

        await db.SweepAsync(token => db.Engine.RunAsync(
            static (session, ct) => session.ExecuteAsync(
                $"insert into logins values ({Guid.NewGuid()}, {DateTime.UtcNow}, {"ada"})", ct),
            token));
    }

    [Fact]
    public async Task T11_A_sweep_restores_the_rows_of_the_template_before_each_run()
    {
        await using var databases = Kit.Own([], Kit.Schema, static o => o.MaxKept = 0);
        string name;
        await using (var db = await databases.AcquireAsync())
        {
            name = db.Name;
            await db.SweepAsync(token => db.Engine.RunAsync(
                async (session, ct) =>
                {
                    await session.ExecuteAsync($"update colors set name = 'teal' where name = 'blue'", ct);
                    await session.ExecuteAsync($"delete from colors where name = 'red'", ct);
                    await session.ExecuteAsync($"insert into users (name) values ({"ada"})", ct);
                },
                token));
        }

        await using var next = await databases.AcquireAsync();
        Assert.NotEqual(name, next.Name);
        Assert.Equal("blue,green,red", await next.ReadAsync<string>("select string_agg(name, ',' order by name) from colors"));
    }

    [Fact]
    public async Task A_test_without_writes_cannot_be_swept()
    {
        await using var db = await Kit.Databases.AcquireAsync();

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => db.SweepAsync(_ => Task.CompletedTask));

        Assert.StartsWith("The test that is to be swept persists nothing", error.Message, StringComparison.Ordinal);
    }

    private static Task<int> InsertAsync(TestDatabase db, string name, CancellationToken token) => db.Engine.RunAsync(
        (session, ct) => session.ExecuteAsync($"insert into users (name) values ({name})", ct), token);
}
