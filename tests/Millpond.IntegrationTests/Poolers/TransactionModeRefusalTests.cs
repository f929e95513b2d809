using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Poolers;

/// <summary>What would be left to somebody else behind a PgBouncer in transaction mode.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class TransactionModeRefusalTests : SessionTestBase
{
    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.BehindAsync(PgBouncer.InTransactionModeAsync());

    [Theory]
    [InlineData("set application_name = 'left'")]
    [InlineData("select set_config('my.user', 'ada', false)")]
    [InlineData("set role pg_read_all_data")]
    [InlineData("create temp table secrets (x int)")]
    [InlineData("select pg_advisory_lock(77)")]
    [InlineData("listen mill")]
    [InlineData("declare c cursor with hold for select 1")]
    [InlineData("prepare one as select 1")]
    public async Task S21_What_would_outlive_the_transaction_is_refused_before_it_is_sent_and_the_session_goes_on(string text)
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                var error = await Assert.ThrowsAsync<NotSupportedException>(() => ExecuteAsync(session, text, token));
                Assert.StartsWith($"'{text}' cannot be done behind a pooler in transaction mode", error.Message, default);
                session.ResetOnReturn();   // which changes nothing of that
                await Assert.ThrowsAsync<NotSupportedException>(() => ExecuteAsync(session, $"select 1; {text}", token));
                await using var batch = session.Connection.CreateBatch();
                batch.BatchCommands.Add(batch.CreateBatchCommand());
                batch.BatchCommands[0].CommandText = text;
                await Assert.ThrowsAsync<NotSupportedException>(() => batch.ExecuteNonQueryAsync(token));
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
            },
            cancellationToken: Token);
        Assert.Equal(2, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Theory]
    [InlineData("set local application_name = 'here'")]
    [InlineData("select set_config('my.user', 'ada', true)")]
    [InlineData("create temp table secrets (x int) on commit drop")]
    [InlineData("select pg_advisory_xact_lock(77)")]
    [InlineData("do $$ begin perform 1; end $$")]
    public async Task S21_What_ends_with_the_transaction_is_done(string text) => await Engine.RunAsync(
        async (session, token) => await ExecuteAsync(session, text, token), cancellationToken: Token);

    [Fact]
    public async Task G15_Nothing_is_prepared_also_not_by_hand()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (4, 0));
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.RunAsync(
                async (session, token) =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "select count(*) from users";
                    await command.PrepareAsync(token);
                    await command.ExecuteScalarAsync(token);
                    Assert.Equal(0, await ScalarAsync<int>(session, "select count(*) from pg_prepared_statements", token));
                },
                cancellationToken: Token)));
        }
    }

    [Fact]
    public async Task S21_A_session_in_autocommit_works_where_nothing_has_to_be_set_for_it()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        Assert.Equal(1, await ExecuteAsync(session, "insert into users values (1, 'ada')", Token));
        Assert.Equal(1, await CountUsersAsync());
    }
}
