using Xunit;

namespace Millpond.Testing.Tests.Faults;

[Trait("Needs", "PostgreSQL")]
public sealed class DatabaseFaultsTests
{
    [Fact]
    public async Task T10_A_connection_dropped_before_COMMIT_persists_nothing()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        var fault = db.Faults.DropConnection(FaultAt.Commit);

        await DatabaseExpect.RollsBackAsync<MillpondException>(db, () => InsertAsync(db));

        Assert.True(fault.HasOccurred);
        await InsertAsync(db);
        Assert.Equal(1, await db.CountAsync("users"));
    }

    [Fact]
    public async Task T10_A_connection_dropped_after_COMMIT_leaves_an_unknown_outcome_and_the_row()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        var fault = db.Faults.DropConnection(FaultAt.CommitAnswer);

        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => InsertAsync(db));

        Assert.Equal((CommitOutcome.Unknown, true), (error.Outcome, fault.HasOccurred));
        Assert.Equal(1, await db.CountAsync("users"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task T10_A_statement_fails_once_with_the_requested_error(int retries)
    {
        await using var db = await Kit.Databases.AcquireAsync();
        var fault = db.Faults.Fail(FaultAt.Statement(2), "40001");
        var tries = 0;

        var error = await Record.ExceptionAsync(() => db.Engine.RunAsync(
            async (session, token) =>
            {
                tries++;
                await session.ExecuteAsync($"insert into users (name) values ({"ada"})", token);
                await session.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
            },
            new DbSessionOptions { Retries = retries },
            Kit.Token));

        Assert.True(fault.HasOccurred);
        Assert.Equal(retries == 0 ? "40001" : null, (error as System.Data.Common.DbException)?.SqlState);
        Assert.Equal(retries == 0 ? (1, 0) : (2, 2), (tries, await db.CountAsync("users")));
    }

    [Fact]
    public async Task T10_A_COMMIT_that_fails_persists_nothing()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        db.Faults.Fail(FaultAt.Commit, "40001");

        var error = await DatabaseExpect.RollsBackAsync<System.Data.Common.DbException>(db, () => InsertAsync(db));

        Assert.Equal("40001", error.SqlState);
    }

    [Fact]
    public async Task T10_A_delayed_statement_exceeds_the_sessions_timeout()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        await db.Faults.Proxy.CountRoundTripsAsync(() => InsertAsync(db));
        db.Faults.Delay(FaultAt.Statement(1), TimeSpan.FromMinutes(10));

        await Assert.ThrowsAsync<SessionTimeoutException>(() => db.Engine.RunAsync(
            (session, token) => session.ExecuteAsync($"delete from users", token),
            new DbSessionOptions { Timeout = TimeSpan.FromMilliseconds(200) },
            Kit.Token));
    }

    [Fact]
    public async Task T10_A_database_with_faults_is_recycled_like_any_other()
    {
        await using var databases = Kit.Own([]);
        var name = "";
        for (var i = 0; i < 10; i++)
        {
            await using var db = await databases.AcquireAsync();
            db.Faults.DropConnection(i % 2 == 0 ? FaultAt.Commit : FaultAt.CommitAnswer);
            await Assert.ThrowsAnyAsync<MillpondException>(() => InsertAsync(db));
            Assert.Equal(i % 2, await db.CountAsync("users"));
            name = i == 0 ? db.Name : name;
            Assert.Equal(name, db.Name);
        }
    }

    [Fact]
    public async Task Invalid_faults_are_rejected()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        await using var sandbox = await Kit.Databases.AcquireAsync(TestIsolation.Sandbox);

        Assert.Throws<NotSupportedException>(() => sandbox.Faults);
        await using var sqlite = await Kit.Sqlite.AcquireAsync();
        Assert.Equal(
            "Faults need a database of the test's own on PostgreSQL: TestIsolation.Recycled or Fresh.",
            Assert.Throws<NotSupportedException>(() => sqlite.Faults).Message);
        await Assert.ThrowsAsync<NotSupportedException>(() => sqlite.SweepAsync(_ => Task.CompletedTask));
        Assert.Throws<ArgumentException>(() => db.Faults.Fail(FaultAt.Commit, "'; drop"));
        Assert.Throws<ArgumentException>(() => db.Faults.Fail(FaultAt.CommitAnswer, "40001"));
        Assert.Throws<ArgumentOutOfRangeException>(() => FaultAt.Statement(0));
    }

    private static Task<int> InsertAsync(TestDatabase db) => db.ExecuteAsync("insert into users (name) values ('ada')");
}
