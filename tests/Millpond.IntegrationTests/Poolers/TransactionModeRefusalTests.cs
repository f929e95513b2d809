using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Poolers;

/// <summary>What would be left to somebody else behind a PgBouncer in transaction mode.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class TransactionModeRefusalTests : SessionTestBase
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() =>
        ScratchDatabase.BehindAsync(PgBouncer.InTransactionModeAsync());

    [Theory]
    [InlineData("set application_name = 'left'")]
    [InlineData("select set_config('my.user', 'ada', false)")]
    [InlineData("set role pg_read_all_data")]
    [InlineData("create temp table secrets (x int)")]
    [InlineData("select pg_advisory_lock(77)")]
    [InlineData("listen mill")]
    [InlineData("declare c cursor with hold for select 1")]
    [InlineData("prepare one as select 1")]
    [InlineData("deallocate all")]
    [InlineData("do $$ begin perform pg_advisory_lock(78); end $$")]
    [InlineData("call nothing()")]
    public async Task S21_State_that_would_outlive_the_transaction_is_rejected_before_it_is_sent(string text)
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                var error = await Assert.ThrowsAsync<NotSupportedException>(() => ExecuteAsync(session, text, token));
                Assert.StartsWith($"'{text}' cannot be used with a pooler in transaction mode", error.Message, default);
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

    [Fact]
    public async Task S27_A_queued_statement_that_would_outlive_the_transaction_is_rejected_with_the_commit()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        session.Queue($"insert into users values (2, 'bob')");
        session.Queue($"set application_name = 'left'");
        var error = await Assert.ThrowsAsync<QueuedStatementException>(() => session.CommitAsync(Token));
        Assert.Equal("set application_name = 'left'", error.Statement);
        Assert.IsType<NotSupportedException>(error.InnerException);
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Theory]
    [InlineData("set local application_name = 'here'")]
    [InlineData("select set_config('my.user', 'ada', true)")]
    [InlineData("create temp table secrets (x int) on commit drop")]
    [InlineData("select pg_advisory_xact_lock(77)")]
    public async Task S21_State_that_ends_with_the_transaction_is_allowed(string text) => await Engine.RunAsync(
        async (session, token) => await ExecuteAsync(session, text, token), cancellationToken: Token);

    [Theory]
    [InlineData("select set_config(@name, @value, @local)")]
    [InlineData("select set_config(:name, :value, :local)")]
    [InlineData("select set_config($1, $2, $3)")]
    public async Task S21_A_parameter_can_make_set_config_transaction_local(string text)
    {
        Assert.Equal("ada", await Engine.RunAsync((session, token) => SetAsync(session, text, local: true, token), null, Token));
        var error = await Assert.ThrowsAsync<NotSupportedException>(
            () => Engine.RunAsync((session, token) => SetAsync(session, text, local: false, token), null, Token));
        Assert.StartsWith($"'{text}' cannot be used", error.Message, StringComparison.Ordinal);
        Assert.Equal("ada", await Engine.RunAsync(
            (session, token) => session.ExecuteScalarAsync<string>($"select set_config({"my.user"}, {"ada"}, {true})", token),
            null,
            Token));
    }

    [Fact]
    public async Task S21_A_procedure_is_rejected_by_its_command_type()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        (command.CommandText, command.CommandType) = ("nothing", System.Data.CommandType.StoredProcedure);
        await Assert.ThrowsAsync<NotSupportedException>(() => command.ExecuteNonQueryAsync(Token));
    }

    [Fact]
    public async Task S21_DO_and_CALL_are_allowed_with_TrustProcedures()
    {
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(
            Database.Url, static o => o.TrustProcedures = true));
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "create procedure nothing() language sql as 'select 1'", token);
                await ExecuteAsync(session, "call nothing()", token);
                await ExecuteAsync(session, "do $$ begin perform 1; end $$", token);
                await using var command = session.Connection.CreateCommand();
                (command.CommandText, command.CommandType) = ("nothing", System.Data.CommandType.StoredProcedure);
                await command.ExecuteNonQueryAsync(token);
                await Assert.ThrowsAsync<NotSupportedException>(() => ExecuteAsync(session, "set role none", token));
            },
            cancellationToken: Token);
    }

    private static async Task<object?> SetAsync(DbSession session, string text, bool local, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in new (string, object)[] { ("name", "my.user"), ("value", "ada"), ("local", local) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (text.Contains('$', StringComparison.Ordinal) ? "" : name, value);
            command.Parameters.Add(parameter);
        }

        return await command.ExecuteScalarAsync(token);
    }

    [Fact]
    public async Task G15_Nothing_is_prepared_even_by_Prepare()
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
    public async Task S21_An_autocommit_session_works_if_nothing_has_to_be_set_for_it()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        Assert.Equal(1, await ExecuteAsync(session, "insert into users values (1, 'ada')", Token));
        Assert.Equal(1, await CountUsersAsync());
    }
}
