using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session does when PostgreSQL, its network or its user let it down.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlFaultTests : SessionTestBase
{
    [Fact]
    public async Task F05_A_closed_reader_shows_nothing_of_the_connections_next_user()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var first = engine.OpenSession();
        var reader = await ReaderAsync(first, "select 'ada'", Token);
        Assert.True(await reader.ReadAsync(Token));
        await reader.DisposeAsync();
        await first.CommitAsync(Token);

        await using var second = engine.OpenSession();
        await using var other = await ReaderAsync(second, "select 'the secret of another'", Token);
        Assert.True(await other.ReadAsync(Token));
        Assert.Throws<InvalidOperationException>(() => reader.GetString(0));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.ReadAsync(Token));
        Assert.True(reader.IsClosed);
    }

    [Fact]
    public async Task F05_A_closed_reader_keeps_RecordsAffected()
    {
        await using var session = Engine.OpenSession();
        var reader = await ReaderAsync(session, "insert into users values (1, 'ada'), (2, 'bob')", Token);
        await reader.DisposeAsync();
        await ExecuteAsync(session, "insert into users values (3, 'eve')", Token);
        await using var later = await ReaderAsync(session, "delete from users where false", Token);
        Assert.Equal(2, reader.RecordsAffected);
    }

    [Fact]
    public async Task S07_A_reader_disposed_after_a_cancellation_is_cancelled_rather_than_read_to_its_end()
    {
        using var patience = new CancellationTokenSource();
        var clock = new System.Diagnostics.Stopwatch();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await using var reader = await ReaderAsync(
                    session, "select repeat('x', 1000) from generate_series(1, 20000000)", token);
                Assert.True(await reader.ReadAsync(token));
                await patience.CancelAsync();
                clock.Start();
                await reader.ReadAsync(token);
            },
            cancellationToken: patience.Token));
        Assert.Equal(patience.Token, error.CancellationToken);
        await AssertNothingHeldAsync(Engine);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public async Task S07_The_cancelled_token_surfaces_even_if_the_command_has_its_own()
    {
        using var caller = new CancellationTokenSource();
        using var own = new CancellationTokenSource();
        var work = Engine.RunAsync(
            (session, _) => ExecuteAsync(session, "select pg_sleep(60)", own.Token), cancellationToken: caller.Token);
        caller.CancelAfter(100);
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Equal(caller.Token, error.CancellationToken);
    }

    [Fact]
    public async Task S07_A_commit_that_exceeds_the_clean_up_limit_has_an_unknown_outcome()
    {
        var engine = CreateEngine(static options => options.CleanupTimeout = TimeSpan.FromMilliseconds(300));
        await engine.RunAsync(
            (session, token) => ExecuteAsync(
                session,
                "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(60); return null; end';" +
                "create constraint trigger slow after insert on users deferrable initially deferred for each row " +
                "execute function slow()",
                token),
            cancellationToken: Token);
        await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token), cancellationToken: Token));
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task S05_A_rejected_commit_is_not_a_failed_clean_up()
    {
        using var log = new LogBook();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var engine = CreateEngine(options => options.LoggerFactory = loggers);
        await Assert.ThrowsAsync<PostgresException>(() => engine.RunAsync(
            (session, token) => ExecuteAsync(
                session,
                "create table posts (author integer references users deferrable initially deferred);" +
                "insert into posts values (77)",
                token),
            cancellationToken: Token));
        Assert.DoesNotContain(log.Of(LogLevel.Warning), static line => line.Contains("giving a", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S05_None_of_our_messages_repeats_a_value()
    {
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select cast(@given as integer)";
                var given = command.CreateParameter();
                (given.ParameterName, given.Value) = ("given", "hunter2");
                command.Parameters.Add(given);
                await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(token));
            },
            cancellationToken: Token));
        Assert.Equal("22P02", error.SqlState);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S07_A_connection_that_dies_before_its_rollback_is_replaced()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        for (var round = 0; round < 2; round++)
        {
            await using var session = engine.OpenSession();
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            var reader = await ReaderAsync(
                session, "select pg_backend_pid(), repeat('x', 1000) from generate_series(1, 9999)", Token);
            await reader.ReadAsync(Token);
            await KillAsync(reader.GetInt32(0));
            if (round == 0)
            {
                await Record.ExceptionAsync(() => reader.DisposeAsync().AsTask());
                await session.RollbackAsync(Token);
            }
        }

        await AssertNothingHeldAsync(engine);
        Assert.Equal(0, await CountUsersAsync());
        Assert.Equal(7, await engine.RunAsync(
            (session, token) => ScalarAsync<int>(session, "select 7", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S20_A_hidden_COMMIT_is_rejected_before_anything_is_sent()
    {
        await using var session = Engine.OpenSession();
        foreach (var text in (string[])["-- a\rcommit", "select date'\\'; commit", "create table b (begin int); commit; select 1",
            "select array['a]', 'b']; commit", "/* /* */ */ end", "select 1;;/**/rollback;"])
        {
            await Assert.ThrowsAsync<MillpondNotSupportedException>(() => ExecuteAsync(session, text, Token));
        }

        Assert.Equal(SessionState.Idle, session.State);
    }

    [Fact]
    public async Task S11_Savepoints_with_unusual_names_work()
    {
        await using var session = Engine.OpenSession();
        await using var transaction = await session.Connection.BeginTransactionAsync(Token);
        foreach (var name in (string[])["a b", "it's", "a\"b", "Ünïcode", "x;commit", "--"])
        {
            await transaction.SaveAsync(name, Token);
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            await Assert.ThrowsAsync<PostgresException>(
                () => ExecuteAsync(session, "insert into users values (1, 'eve')", Token));
            await transaction.RollbackAsync(name, Token);
            await transaction.ReleaseAsync(name, Token);
        }

        await ExecuteAsync(session, "savepoint \"a\"\"b\" -- a remark", Token);
        await using (var inner = await session.BeginTransactionAsync(Token))
        {
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1/0", Token));
            await ExecuteAsync(session, "/* back */ rollback to \"a\"\"b\" -- another", Token);
        }

        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        await transaction.CommitAsync(Token);
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G02_An_opening_that_gets_no_answer_is_abandoned_at_the_deadline()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var engine = DbEngine.Create(options =>
        {
            options.UsePostgreSql($"postgresql://ada:hunter2@127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/bank");
            options.PoolTimeout = TimeSpan.FromMilliseconds(300);
        });
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            (session, token) => ExecuteAsync(session, "select 1", token), cancellationToken: Token));
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        await AssertNothingHeldAsync(engine);
    }

    [Theory]
    [InlineData("28P01")]
    [InlineData("3D000")]
    public async Task G12_A_rejected_login_names_the_credentials_and_not_the_server(string state)
    {
        var real = new UriBuilder(Database.Url);
        var wrong = state == "3D000"
            ? new UriBuilder(Database.Url) { Path = "/nowhere" }
            : new UriBuilder(Database.Url) { UserName = "nobody", Password = "hunter2" };
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(wrong.Uri.AbsoluteUri));

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            static (session, token) => ExecuteAsync(session, "select 1", token), cancellationToken: Token));

        Assert.StartsWith($"The server at {real.Host}:{real.Port}/", error.Message, StringComparison.Ordinal);
        Assert.Contains($"refused the login ({state}", error.Message, StringComparison.Ordinal);
        Assert.Contains("Check the user name, the password and the database name", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("running", error.Message, StringComparison.Ordinal);
        Assert.Null(engine.GetSnapshot().DownSince);
    }

    [Fact]
    public async Task G06_Too_many_clients_leaks_nothing()
    {
        var name = Database.Url[(Database.Url.LastIndexOf('/') + 1)..].Split('?')[0];
        var role = name + "_few";
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, $"create role {role} login password 'pw' connection limit 2", token);
                await ExecuteAsync(session, $"grant all on schema public to {role}", token);
            },
            cancellationToken: Token);
        try
        {
            var url = new UriBuilder(Database.Url) { UserName = role, Password = "pw" }.Uri.AbsoluteUri;
            await using var engine = DbEngine.Create(options =>
            {
                options.UsePostgreSql(url);
                options.PoolTimeout = TimeSpan.FromSeconds(3);
            });
            await using (var first = engine.OpenSession())
            await using (var second = engine.OpenSession())
            {
                await Task.WhenAll(ExecuteAsync(first, "select 1", Token), ExecuteAsync(second, "select 1", Token));
                var crowd = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
                    Assert.ThrowsAnyAsync<MillpondException>(() => engine.RunAsync(
                        static (session, token) => ExecuteAsync(session, "select 1", token), cancellationToken: Token))));
                Assert.Contains(crowd, static error => error is DatabaseUnavailableException { SqlState: "53300" });
            }

            await AssertNothingHeldAsync(engine);
            Assert.Equal(5, await engine.RunAsync(
                (session, token) => ScalarAsync<int>(session, "select 5", token), cancellationToken: Token));
        }
        finally
        {
            await Engine.RunAsync(
                (session, token) => ExecuteAsync(session, $"drop owned by {role}; drop role {role}", token),
                cancellationToken: Token);
        }
    }

    [Fact]
    public async Task G06_A_server_restart_during_every_kind_of_work_leaks_nothing()
    {
        await using var server = await PostgresServer.StartOwnAsync();
        var url = await server.CreateDatabaseAsync(Token);
        await using var engine = DbEngine.Create(options =>
        {
            options.UsePostgreSql(url);
            (options.PoolSize, options.MaxOverflow) = (3, 0);
            options.CleanupTimeout = TimeSpan.FromSeconds(2);
        });
        await engine.RunAsync(
            (session, token) => ExecuteAsync(session, "create table t (i int)", token), cancellationToken: Token);
        await using var resting = engine.OpenSession();
        await ExecuteAsync(resting, "insert into t values (1)", Token);
        await using var reading = engine.OpenSession();
        var reader = await ReaderAsync(reading, "select repeat('x', 1000) from generate_series(1, 100000)", Token);
        await reader.ReadAsync(Token);
        var running = engine.RunAsync(
            (session, token) => ExecuteAsync(session, "select pg_sleep(60)", token), cancellationToken: Token);
        var waiting = engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into t values (2)", token), cancellationToken: Token);
        await Task.Delay(200, Token);

        await server.StopAsync(TestServerStop.Immediate);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => running);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => waiting);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(async () =>
        {
            while (await reader.ReadAsync(Token))
            {
            }
        });
        await Assert.ThrowsAsync<CommitOutcomeException>(() => resting.CommitAsync(Token));
        await reading.DisposeAsync();
        await AssertNothingHeldAsync(engine);

        await server.StartAgainAsync();
        var back = Stopwatch.StartNew();
        var patient = new DbSessionOptions { Retries = 1 };   // it waits until somebody has noticed
        Assert.Equal(0, await engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, "select count(*) from t", token), patient, Token));
        Assert.InRange(back.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private async Task KillAsync(int backend)
    {
        await using var other = Database.CreateEngine(static options => options.PoolSize = 1);
        Assert.True(await other.RunAsync(
            (session, token) => ScalarAsync<bool>(session, $"select pg_terminate_backend({backend}, 5000)", token),
            cancellationToken: Token));   // the fault happened
    }
}
