using System.Data;
using Xunit;

namespace Millpond.Testing.Tests.Sandboxes;

[Trait("Needs", "PostgreSQL")]
public sealed class SessionSandboxTests
{
    [Fact]
    public async Task Commits_of_sessions_are_visible_inside_the_sandbox_and_undone_after_it()
    {
        await using var databases = Kit.Own([]);
        string name;
        await using (var db = await databases.AcquireAsync(TestIsolation.Sandbox))
        {
            name = db.Name;
            await db.ExecuteAsync("insert into users (name) values ('ada')");
            await Assert.ThrowsAsync<InvalidOperationException>(() => db.Engine.RunAsync(async (session, token) =>
            {
                await session.ExecuteAsync($"delete from users", token);
                throw new InvalidOperationException();
            }));
            Assert.Equal(1, await db.CountAsync("users"));
        }

        await using var next = await databases.AcquireAsync();
        Assert.Equal((name, 0), (next.Name, await next.CountAsync("users")));
    }

    [Fact]
    public async Task Hooks_and_commit_checks_run_as_outside_a_sandbox()
    {
        await using var db = await Kit.Databases.AcquireAsync(TestIsolation.Sandbox);
        List<string> ran = [];
        await db.Engine.RunAsync(async (session, token) =>
        {
            session.AfterCommit(_ =>
            {
                ran.Add("committed");
                return Task.CompletedTask;
            });
            await session.ExecuteAsync($"insert into users (name) values ({"ada"})", token);
        }, Kit.Token);
        await Assert.ThrowsAsync<SessionAbortedException>(() => db.Engine.RunAsync(async (session, token) =>
        {
            await session.ExecuteAsync($"insert into users (name) values ({"bob"})", token);
            await Record.ExceptionAsync(() => session.ExecuteAsync($"insert into users (name) values ({"ada"})", token));
        }, Kit.Token));
        await Assert.ThrowsAsync<ReadOnlySessionException>(() => db.Engine.RunAsync(
            (session, token) => session.ExecuteAsync($"delete from users", token),
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Kit.Token));

        Assert.Equal(["committed"], ran);
        Assert.Equal(1, await db.CountAsync("users"));
    }

    [Fact]
    public async Task A_deferred_constraint_is_checked_at_the_sessions_commit()
    {
        await using var databases = Kit.Own([], """
            create table users (id int primary key);
            create table orders (buyer int references users deferrable initially deferred);
            """);
        await using var db = await databases.AcquireAsync(TestIsolation.Sandbox);

        await db.ExecuteAsync("insert into orders values (1); insert into users values (1)");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => db.ExecuteAsync("insert into orders values (2)"));

        Assert.Contains("23503", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await db.CountAsync("orders"));
    }

    [Fact]
    public async Task Features_that_a_sandbox_lacks_are_rejected_with_the_remedy()
    {
        await using var db = await Kit.Databases.AcquireAsync(TestIsolation.Sandbox);

        var address = Assert.Throws<InvalidOperationException>(() => db.ConnectionString);
        var isolation = await Assert.ThrowsAnyAsync<Exception>(() => db.Engine.RunAsync(
            (session, token) => session.ExecuteAsync($"select 1", token),
            new DbSessionOptions { Isolation = IsolationLevel.Serializable },
            Kit.Token));

        Assert.Contains("TestIsolation.Recycled", address.Message, StringComparison.Ordinal);
        Assert.Contains(
            "a session with isolation level Serializable cannot be part of it. Use TestIsolation.Recycled",
            isolation.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await db.CountAsync("users"));
    }

    [Fact]
    public async Task A_user_created_engine_can_be_wrapped_and_SQLite_is_rejected()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        await using (var sandbox = await SessionSandbox.BeginAsync(db.Engine, Kit.Token))
        {
            await sandbox.Engine.RunAsync(
                (session, token) => session.ExecuteAsync($"insert into users (name) values ({"ada"})", token), Kit.Token);
        }

        Assert.Equal(0, await db.CountAsync("users"));
        await using var sqlite = await Kit.Sqlite.AcquireAsync();
        await Assert.ThrowsAsync<NotSupportedException>(() => SessionSandbox.BeginAsync(sqlite.Engine));
    }
}
