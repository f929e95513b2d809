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
    public async Task Queued_statements_run_with_the_next_command_or_the_commit_and_their_errors_name_them()
    {
        await using var db = await Kit.Databases.AcquireAsync(TestIsolation.Sandbox);
        await db.Engine.RunAsync(async (session, token) =>
        {
            session.Queue($"insert into users (name) values ({"ada"})");
            Assert.Equal(1, await session.QuerySingleAsync<long>($"select count(*) from users", token));
            session.Queue($"insert into users (name) values ({"bob"})");
        }, Kit.Token);
        var error = await Assert.ThrowsAsync<QueuedStatementException>(() => db.Engine.RunAsync(
            (session, _) =>
            {
                session.Queue($"insert into users (name) values ({"ada"})");
                return Task.CompletedTask;
            },
            Kit.Token));

        Assert.Contains("insert into users", error.Message, StringComparison.Ordinal);
        Assert.Equal((2, TestIsolation.Sandbox), (await db.CountAsync("users"), db.Isolation));
    }

    [Fact]
    public async Task What_a_sandbox_on_a_users_own_engine_cannot_be_is_refused_with_the_remedy()
    {
        await using var db = await Kit.Databases.AcquireAsync();
        await using var sandbox = await SessionSandbox.BeginAsync(db.Engine, Kit.Token);

        var isolation = await Assert.ThrowsAnyAsync<Exception>(() => sandbox.Engine.RunAsync(
            (session, token) => session.ExecuteAsync($"select 1", token),
            new DbSessionOptions { Isolation = IsolationLevel.Serializable },
            Kit.Token));
        var notify = await Assert.ThrowsAnyAsync<Exception>(() => sandbox.Engine.RunAsync(
            (session, token) => session.ExecuteAsync($"notify news", token), Kit.Token));

        Assert.Contains(
            "a session with isolation level Serializable cannot be part of it. Use TestIsolation.Recycled",
            isolation.ToString(), StringComparison.Ordinal);
        Assert.Contains("LISTEN or NOTIFY, which takes effect", notify.ToString(), StringComparison.Ordinal);
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
