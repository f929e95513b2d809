using System.Data.Common;
using Millpond.Connections;
using Millpond.Engine;
using Millpond.IntegrationTests.Requests;
using Millpond.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Statements that the driver is about to prepare, or has prepared, on a connection that turns out to be dead.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class HalfPreparedTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>
{
    private static readonly FaultKind[] Ends = [FaultKind.Close, FaultKind.Reset];   // the one is met reading, the other writing

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S19_A_statement_that_was_about_to_be_prepared_is_sent_again(bool withSettings)
    {
        await using var engine = await PreparingAsync();
        var options = Options(withSettings);
        var replays = 0;
        foreach (var (end, name) in Ends.SelectMany(static end => new[] { (end, "given"), (end, "") }))
        {
            for (var uses = 0; uses <= 4; uses++)   // prepared with the third
            {
                for (var use = 0; use < uses; use++)
                {
                    await AskAsync(engine, options, name, replays, times: 1);
                }

                await DieAsync(end);
                await AskAsync(engine, options, name, replays, times: 4);   // it is not spoilt for later, either
                Assert.Equal(++replays, engine.GetSnapshot().Replays);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S19_A_batch_that_was_about_to_be_prepared_is_sent_again_or_told_as_lost(bool withSettings)
    {
        await using var engine = await PreparingAsync();
        var options = Options(withSettings);
        var number = 0;
        foreach (var end in Ends)
        {
            for (var uses = 0; uses <= 4; uses++)
            {
                number++;
                for (var use = 0; use < uses; use++)
                {
                    await ChangeAsync(engine, options, number);
                }

                await DieAsync(end);
                var replays = engine.GetSnapshot().Replays;
                var error = await Record.ExceptionAsync(() => ChangeAsync(engine, options, number));
                Assert.True(error is null or DatabaseUnavailableException { IsTransient: true }, $"{end}, {uses}: {error}");
                Assert.True(error is null || end == FaultKind.Reset, $"{uses}: {error}");
                Assert.Equal(replays + (error is null ? 1 : 0), engine.GetSnapshot().Replays);
                await ChangeAsync(engine, options, number);
            }
        }
    }

    [Fact]
    public async Task S19_A_command_with_something_to_give_back_is_told_as_lost_and_works_again_anew()
    {
        await database.LookAsync(
            "create or replace procedure twice(inout given int) language plpgsql as 'begin given = given * 2; end'; select 0");
        await using var engine = await PreparingAsync();
        for (var uses = 0; uses <= 4; uses++)
        {
            for (var use = 0; use < uses; use++)
            {
                Assert.Equal(42, await TwiceAsync(engine, 21));
            }

            await DieAsync(FaultKind.Reset);
            var error = await Record.ExceptionAsync(() => TwiceAsync(engine, 21));
            Assert.True(error is null or DatabaseUnavailableException { IsTransient: true }, $"{uses}: {error}");
            Assert.Equal(42, await TwiceAsync(engine, 21));
        }
    }

    [Fact]
    public async Task S07_What_runs_in_a_commands_place_is_cancelled_by_its_name()
    {
        await using var engine = await PreparingAsync();
        const string text = "select pg_sleep(case when $1 then 60 else 0 end)";
        for (var use = 1; use <= 2; use++)
        {
            await engine.RunAsync(
                async (early, token) =>
                {
                    await using var first = Sleep(early, text, isLong: false);
                    await first.ExecuteNonQueryAsync(token);
                },
                cancellationToken: Token);
        }

        await DieAsync(FaultKind.Reset);
        await using var session = engine.OpenSession();
        await using var command = Sleep(session, text, isLong: false);
        await command.ExecuteNonQueryAsync(Token);
        Assert.Equal(1, engine.GetSnapshot().Replays);
        command.Parameters[0].Value = true;
        var sleeping = command.ExecuteNonQueryAsync(Token);
        while (await database.LookAsync(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'") == 0)
        {
            await Task.Delay(5, Token);
        }

        await session.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => sleeping.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    private static DbCommand Sleep(DbSession session, string text, bool isLong)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = text;
        command.Parameters.Add(new NpgsqlParameter { Value = isLong });
        return command;
    }

    private static DbSessionOptions Options(bool withSettings) =>
        new() { StatementTimeout = withSettings ? TimeSpan.FromSeconds(60) : null };

    private static Task AskAsync(DbEngine engine, DbSessionOptions options, string name, int number, int times) =>
        engine.RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = $"select {(name.Length > 0 ? $"@{name}" : "$1")}::int + {number}";
                command.Parameters.Add(new NpgsqlParameter(name, 1));
                for (var time = 0; time < times; time++)
                {
                    Assert.Equal(1 + number, await command.ExecuteScalarAsync(token));
                }
            },
            options,
            Token);

    private static Task ChangeAsync(DbEngine engine, DbSessionOptions options, int number) => engine.RunAsync(
        async (session, token) =>
        {
            await using var batch = session.Connection.CreateBatch();
            for (var at = 1; at <= 2; at++)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = $"update accounts set balance = balance where id = $1 and {number} = {number}";
                command.Parameters.Add(new NpgsqlParameter { Value = at });
                batch.BatchCommands.Add(command);
            }

            Assert.Equal(2, await batch.ExecuteNonQueryAsync(token));
            Assert.All(batch.BatchCommands, static one => Assert.Equal(1, one.RecordsAffected));
        },
        options,
        Token);

    private static Task<int> TwiceAsync(DbEngine engine, int given) => engine.RunAsync(
        async (session, token) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "twice";
            command.CommandType = System.Data.CommandType.StoredProcedure;
            var parameter = new NpgsqlParameter("given", given) { Direction = System.Data.ParameterDirection.InputOutput };
            command.Parameters.Add(parameter);
            await command.ExecuteNonQueryAsync(token);
            return (int)parameter.Value!;
        },
        cancellationToken: Token);

    /// <summary>Ends the pool's connection while nobody uses it, and waits until the driver could know.</summary>
    private async Task DieAsync(FaultKind end)
    {
        database.Proxy.StrikeAll(end);
        while (database.Proxy.OpenConnections > 0 && end == FaultKind.Reset)
        {
            await Task.Delay(1, Token);
        }
    }

    private async Task<DbEngine> PreparingAsync()
    {
        var engine = database.CreateEngine(
            static options => (options.PoolSize, options.MaxOverflow) = (1, 0),
            "&max auto prepare=100&auto prepare min usages=3");
        await engine.RunAsync((session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token);
        return engine;
    }
}
