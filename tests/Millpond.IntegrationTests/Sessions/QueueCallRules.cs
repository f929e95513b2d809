using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a call that queues a statement takes, and what it refuses.</summary>
public abstract class QueueCallRules : SessionTestBase
{
    [Fact]
    public async Task S27_In_autocommit_queuing_needs_a_transaction()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        var error = Assert.Throws<MillpondNotSupportedException>(() => session.Queue($"insert into users values (1, 'ada')"));
        Assert.EndsWith(
            "or call BeginTransactionAsync of the session first. [MILL3007]", error.Message, StringComparison.Ordinal);
        await using (var real = await session.BeginTransactionAsync(Token))
        {
            session.Queue($"insert into users values (2, 'bob')");
            await real.CommitAsync(Token);
        }

        await using (await session.BeginTransactionAsync(Token))
        {
            session.Queue($"insert into users values (3, 'cyd')");
        }

        await ExecuteAsync(session, "insert into users values (4, 'dan')", Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("id in (1, 3)")));
    }

    [Fact]
    public async Task S27_A_read_only_or_ended_session_rejects_queuing()
    {
        await using (var reading = Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly }))
        {
            var error = Assert.Throws<ReadOnlySessionException>(() => reading.Queue($"insert into users values (1, 'ada')"));
            Assert.Contains("is read-only, and no statement can be queued in it.", error.Message, StringComparison.Ordinal);
            Assert.Null(error.InnerException);
        }

        var session = Engine.OpenSession();
        await session.DisposeAsync();
        Assert.Throws<SessionEndedException>(() => session.Queue($"insert into users values (1, 'ada')"));
    }

    [Fact]
    public async Task S27_Queuing_is_allowed_beside_an_open_reader_and_rejected_beside_a_running_command()
    {
        await Engine.RunAsync(
            static async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob')", token);
                await using (var reader = await ReaderAsync(session, "select id from users order by id", token))
                {
                    while (await reader.ReadAsync(token))
                    {
                        var id = Convert.ToInt64(reader[0], null);
                        session.Queue($"insert into users values ({id + 10}, {$"copy of {id}"})");
                    }
                }
            },
            cancellationToken: Token);
        Assert.Equal(2, await CountUsersAsync("id in (11, 12)"));
        await using var session = Engine.OpenSession();
        var running = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var use = session.UseProviderConnectionAsync<DbConnection>(
            async (_, _) =>
            {
                running.SetResult();
                await release.Task;
            },
            Token);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Throws<SessionConcurrencyException>(() => session.Queue($"insert into users values (3, 'cyd')"));
        release.SetResult();
        await use;
    }

    [Fact]
    public async Task S27_Text_and_values_are_copied_at_the_call()
    {
        await using (var session = Engine.OpenSession())
        {
            var command = session.Connection.CreateCommand();
            command.CommandText = "insert into users (id, name) values (@id, @name)";
            var (id, name) = (command.CreateParameter(), command.CreateParameter());
            (id.ParameterName, id.Value, name.ParameterName, name.Value) = ("id", 1, "name", "ada");
            command.Parameters.Add(id);
            command.Parameters.Add(name);
            session.Queue(command);
            (id.Value, name.Value) = (2, DBNull.Value);
            session.Queue(command);
            (command.CommandText, id.Value) = ("no sql", 3);
            await command.DisposeAsync();
            await session.CommitAsync(Token);
        }

        Assert.Equal(1, await CountUsersAsync("id = 1 and name = 'ada'"));
        Assert.Equal(1, await CountUsersAsync("id = 2 and name is null"));
    }

    [Fact]
    public async Task S27_A_statement_that_cannot_be_queued_is_rejected_at_the_call_and_nothing_is_sent()
    {
        await using var session = Engine.OpenSession();
        using var stream = new MemoryStream();
        object[] readOnce = [stream, new StringReader("x"), Enumerable.Repeat('x', 2).Where(char.IsLetter), Letters(), Numbers()];
        foreach (var value in readOnce)
        {
            var error = Assert.Throws<ArgumentException>(() => QueueValue(session, value));
            Assert.StartsWith("Parameter 'name' is a ", error.Message, StringComparison.Ordinal);
            Assert.Contains(", which is read only once, and a queued statement is sent later.", error.Message, default);
        }

        Assert.Throws<ArgumentException>(() => Queue(session, "select 1; select 2"));
        Assert.Throws<ArgumentException>(() => Queue(session, "-- nothing"));
        Assert.Throws<ArgumentException>(() => Queue(session, "select '\0'"));
        Assert.Throws<MillpondNotSupportedException>(() => Queue(session, "savepoint here"));
        Assert.Throws<MillpondNotSupportedException>(() => Queue(session, "commit"));
        Assert.Throws<ArgumentNullException>(() => session.Queue(null!));
        await using var other = Engine.OpenSession();
        Assert.Throws<ArgumentException>(() => session.Queue(other.Connection.CreateCommand()));
        Assert.Throws<InvalidOperationException>(() => session.Queue($"insert into users values (1, '{1}')"));
        await session.CommitAsync(Token);
        Assert.Equal((SessionState.Idle, 0L), (session.State, Engine.GetSnapshot().Commits));

        static async IAsyncEnumerable<int> Numbers()
        {
            await Task.Yield();
            yield return 1;
        }

        static IEnumerable<char> Letters()
        {
            yield return 'x';
        }
    }

    [Fact]
    public async Task S27_At_most_a_thousand_statements_can_be_queued()
    {
        await using var session = Engine.OpenSession();
        for (var id = 0; id < 1_000; id++)
        {
            session.Queue($"insert into users (id) values ({id})");
        }

        var error = Assert.Throws<InvalidOperationException>(() => session.Queue($"insert into users (id) values (1000)"));
        Assert.StartsWith("1,000 statements are queued, which is the limit.", error.Message, StringComparison.Ordinal);
        await session.ExecuteAsync($"insert into users (id) values (1000)", Token);
        session.Queue($"insert into users (id) values (1001)");
        await session.CommitAsync(Token);
        Assert.Equal(1_002, await CountUsersAsync());
    }

    private static void Queue(DbSession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        session.Queue(command);
    }

    private static void QueueValue(DbSession session, object value)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = "insert into users (name) values (@name)";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("name", value);
        command.Parameters.Add(parameter);
        session.Queue(command);
    }
}
