using Xunit;

namespace Millpond.Testing.Tests.Expectations;

public sealed class DatabaseExpectTests
{
    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task T09_Persisted_rows_are_found_and_shown_on_PostgreSQL()
    {
        await using var db = await Kit.Databases.AcquireAsync();

        await CheckAsync(db, "users: 1 row inserted\n  id | name\n  2  | bob");
    }

    [Fact]
    public async Task T09_Persisted_rows_are_found_and_shown_on_SQLite()
    {
        await using var db = await Kit.Sqlite.AcquireAsync();

        await CheckAsync(db, "users: 1 row inserted\n  id | name\n  2  | bob");
    }

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task T09_Persisted_rows_are_found_in_a_sandbox()
    {
        await using var db = await Kit.Databases.AcquireAsync(TestIsolation.Sandbox);

        await CheckAsync(db, "users: its rows differ (1 before, 2 after)");
    }

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task T09_A_change_that_keeps_the_number_of_rows_is_found()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        await db.ExecuteAsync("insert into users (name) values ('ada')");

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NothingPersistedAsync(
            db, () => db.ExecuteAsync("update users set name = 'eve'")));
        var deleted = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NothingPersistedAsync(
            db, () => db.ExecuteAsync("delete from users")));

        Assert.Contains("users: 1 row changed", error.Message, StringComparison.Ordinal);
        Assert.Contains("users: 1 row deleted", deleted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T09_RollsBackAsync_requires_an_exception_of_its_type()
    {
        await using var db = await Kit.Sqlite.AcquireAsync();

        var nothing = await Assert.ThrowsAsync<DatabaseExpectException>(
            () => DatabaseExpect.RollsBackAsync<TimeoutException>(db, () => Task.CompletedTask));
        var other = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.RollsBackAsync<TimeoutException>(
            db, () => throw new InvalidOperationException("boom")));
        var expected = await DatabaseExpect.RollsBackAsync<TimeoutException>(db, () => throw new TimeoutException("slow"));

        Assert.Equal("TimeoutException was expected, but nothing was thrown", nothing.Message);
        Assert.Equal("TimeoutException was expected, but InvalidOperationException was thrown: boom", other.Message);
        Assert.Equal("slow", expected.Message);
    }

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task T09_A_session_left_open_is_found_with_its_last_command()
    {
        await using var databases = Kit.Own([]);
        await using var db = await databases.AcquireAsync();
        DbSession? left = null;

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NoLeakedConnectionAsync(
            db,
            async () =>
            {
                left = db.Engine.OpenSession();
                await left.ExecuteAsync($"insert into users (name) values ({"ada"})", Kit.Token);
            },
            grace: TimeSpan.Zero));

        Assert.StartsWith("1 sessions were left open: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("insert into users", error.Message, StringComparison.Ordinal);
        await left!.DisposeAsync();
        await DatabaseExpect.NoLeakedConnectionAsync(db, () => db.CountAsync("users"));
    }

    private static async Task CheckAsync(TestDatabase db, string shown)
    {
        var insert = "insert into users (name) values ('bob')";
        await db.ExecuteAsync("insert into users (name) values ('ada')");
        await DatabaseExpect.RollsBackAsync<InvalidOperationException>(db, () => db.Engine.RunAsync(async (session, token) =>
        {
            await session.ExecuteAsync($"update users set name = 'eve'", token);
            throw new InvalidOperationException("boom");
        }));
        await DatabaseExpect.NothingPersistedAsync(db, () => db.CountAsync("users"));

        var error = await Assert.ThrowsAsync<DatabaseExpectException>(
            () => DatabaseExpect.NothingPersistedAsync(db, () => db.ExecuteAsync(insert)));

        Assert.StartsWith("Nothing should be persisted, but it was.\n", error.Message, StringComparison.Ordinal);
        Assert.Contains(shown, error.Message, StringComparison.Ordinal);
    }
}
