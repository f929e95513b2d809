using Millpond.IntegrationTests.Requests;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>What the server's own words say of a commit.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class CommitAnswerTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("40003", false, CommitOutcome.Unknown)]
    [InlineData("08007", false, CommitOutcome.Unknown)]
    [InlineData("40003", true, CommitOutcome.RolledBack)]   // the transaction's id tells
    public async Task S18_An_error_with_an_open_outcome_is_not_mistaken_for_a_rollback(
        string state, bool confirm, CommitOutcome outcome)
    {
        await RaiseAtCommitAsync(state);
        await using var engine = CreateEngine(confirm);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            static (session, token) => session.RunAsync("insert into raising values (1)", token), cancellationToken: Token));
        Assert.Equal((outcome, state), (error.Outcome, Assert.IsType<PostgresException>(error.InnerException).SqlState));
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S18_Any_other_error_of_a_commit_is_thrown_unchanged()
    {
        await RaiseAtCommitAsync("40001");
        foreach (var confirm in new[] { false, true })
        {
            await using var engine = CreateEngine(confirm);
            var error = await Assert.ThrowsAsync<PostgresException>(() => engine.RunAsync(
                static (session, token) => session.RunAsync("insert into raising values (1)", token), cancellationToken: Token));
            Assert.Equal("40001", error.SqlState);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S18_A_commit_cancelled_by_the_clean_up_limit_is_rolled_back_and_the_message_names_the_limit(bool confirm)
    {
        await using var held = await HeldCommit.HoldAsync(database);
        await using var engine = CreateEngine(confirm, static options => options.CleanupTimeout = TimeSpan.FromSeconds(0.5));
        if (confirm)
        {
            await engine.RunAsync(
                static (session, token) => session.RunAsync("update accounts set balance = balance", token),
                cancellationToken: Token);
        }

        var id = Guid.NewGuid();
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            (session, token) => HeldCommit.InsertAsync(session, id, token), cancellationToken: Token));
        Assert.Equal((CommitOutcome.RolledBack, true), (error.Outcome, error.IsTransient));
        Assert.Contains("within EngineOptions.CleanupTimeout (0.5 s)", error.Message, StringComparison.Ordinal);
        await held.LetGoAsync();
        Assert.False(await held.IsThereAsync(id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S18_A_session_terminated_by_the_server_for_idling_was_not_committed(bool confirm)
    {
        await using var engine = CreateEngine(confirm);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("update accounts set balance = balance", token);
                await UntilGoneAsync(await session.ScalarAsync(
                    "select pg_backend_pid() from set_config('idle_in_transaction_session_timeout', '20', true)", token));
            },
            cancellationToken: Token));
        Assert.Equal((CommitOutcome.RolledBack, true), (error.Outcome, error.IsTransient));
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S18_A_session_terminated_before_it_read_the_COMMIT_was_not_committed()
    {
        await using var engine = CreateEngine(confirm: true);
        await engine.RunAsync(
            static (session, token) => session.RunAsync("update accounts set balance = balance", token),
            cancellationToken: Token);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("update accounts set balance = balance", token);
                var backend = await session.ScalarAsync("select pg_backend_pid()", token);
                await database.LookAsync($"select pg_terminate_backend({backend})::int");
                await UntilGoneAsync(backend);
            },
            cancellationToken: Token));
        Assert.Equal((CommitOutcome.RolledBack, true), (error.Outcome, error.IsTransient));
    }

    [Fact]
    public async Task S18_A_connection_lost_before_the_commit_was_sent_committed_nothing()
    {
        await using var engine = database.CreateEngine(query: "&keepalive=1");   // by which the driver notices while it idles
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("update accounts set balance = balance", token);
                var real = await session.UseProviderConnectionAsync<NpgsqlConnection, NpgsqlConnection>(
                    static (connection, _) => Task.FromResult(connection), token);
                await database.LookAsync($"select pg_terminate_backend({real.ProcessID})::int");
                while (real.State == System.Data.ConnectionState.Open)
                {
                    await Task.Delay(5, token);
                }
            },
            cancellationToken: Token));
        Assert.Equal((CommitOutcome.RolledBack, true), (error.Outcome, error.IsTransient));
    }

    private async Task UntilGoneAsync(long backend)
    {
        while (await database.LookAsync($"select count(*) from pg_stat_activity where pid = {backend}") != 0)
        {
            await Task.Delay(2, Token);
        }
    }

    private Task<long> RaiseAtCommitAsync(string state) => database.LookAsync(
        $"""
        create table if not exists raising (id int);
        create or replace function raise() returns trigger language plpgsql as
            'begin raise exception using errcode = ''{state}''; end';
        drop trigger if exists raise on raising;
        create constraint trigger raise after insert on raising deferrable initially deferred
            for each row execute function raise();
        select 0
        """);

    private DbEngine CreateEngine(bool confirm, Action<EngineOptions>? configure = null) => database.CreateEngine(options =>
    {
        options.Session.ConfirmCommit = confirm;
        configure?.Invoke(options);
    });
}
