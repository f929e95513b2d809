using Dapper;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>
/// What a session costs in round trips, counted on the wire: one for each command and one for its end; nothing where nothing
/// ran.
/// </summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RoundTripTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private const string Read = "select balance from accounts where id = 1";
    private const string Write = "update accounts set balance = balance where id = 1";
    private const string Failing = "insert into accounts values (1, 0)";

    private DbEngine _engine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _engine = database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await _engine.RunAsync((session, _) => ExecuteAsync(session, "select 1"));   // the driver has read the types by now
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task S15_A_read_only_session_does_not_await_the_answer_to_its_end()
    {
        await using var engine = database.CreateEngine(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.CleanupTimeout = TimeSpan.FromSeconds(0.5);
        });
        var balance = await engine.RunAsync(
            async (session, token) =>
            {
                var read = await session.Connection.ExecuteScalarAsync<long>(
                    new CommandDefinition(Read, cancellationToken: token));
                database.Proxy.ApplyToAll(FaultKind.BlackHole);   // whatever is sent from now on, nobody answers
                return read;
            },
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token);
        Assert.True(balance > 0);
        var after = engine.GetSnapshot();
        Assert.Equal((1, 0, 1), (after.InUse, after.Holders.Count, after.Commits));   // its permit stays with its connection
        for (var i = 0; engine.GetSnapshot().InUse > 0; i++)
        {
            Assert.True(i < 1_000, "The connection did not come back.");
            await Task.Delay(20, Token);
        }
    }

    [Fact]
    public async Task S01_A_session_without_commands_costs_no_round_trip()
    {
        await CostsAsync(0, static _ => Task.CompletedTask);
        await CostsAsync(0, static session => session.CommitAsync(Token));
        await CostsAsync(0, static session => session.RollbackAsync(Token));
        await CostsAsync(0, static session =>
        {
            session.Connection.CreateCommand().CommandText = Read;
            return Task.CompletedTask;
        });
        await CostsAsync(0, static session => session.Connection.OpenAsync(Token));   // leased, but nothing was sent
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task S01_A_session_costs_one_round_trip_more_than_its_commands(int commands)
    {
        await CostsAsync(commands + 1, session => RepeatAsync(commands, () => ExecuteAsync(session, Read)));
        await CostsAsync(commands + 1, session => RepeatAsync(commands, () => ExecuteAsync(session, Write)));
        await CostsAsync(commands + 1, session => RepeatAsync(commands, () => session.Connection.ExecuteAsync(Write)));
        await CostsAsync(commands + 1, session => RepeatAsync(commands, () => session.Connection.QueryAsync<long>(Read)));
        await CostsAsync(commands + 1, session => RepeatAsync(
            commands, () => session.QueryAsync<long>($"select balance from accounts where id = {1}", Token)));
    }

    [Fact]
    public async Task S01_RunAsync_costs_as_much_as_a_session()
    {
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => _engine.RunAsync(
            async (session, _) =>
            {
                await ExecuteAsync(session, Read);
                await ExecuteAsync(session, Write);
            },
            cancellationToken: Token)));
        Assert.Equal(0, await database.Proxy.CountRoundTripsAsync(() => _engine.RunAsync(
            static (_, _) => Task.CompletedTask, cancellationToken: Token)));
    }

    [Fact]
    public async Task S01_A_batch_counts_as_one_command() => await CostsAsync(2, async session =>
    {
        await using var batch = session.Connection.CreateBatch();
        foreach (var sql in new[] { Read, Write, Write, Read })
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(Token);
    });

    [Fact]
    public async Task S01_CommitAsync_costs_one_round_trip_and_the_end_after_it_none()
    {
        await CostsAsync(2, static async session =>
        {
            await ExecuteAsync(session, Write);
            await session.CommitAsync(Token);
        });
        await CostsAsync(4, static async session =>
        {
            await ExecuteAsync(session, Write);
            await session.CommitAsync(Token);
            await ExecuteAsync(session, Write);
        });
    }

    [Fact]
    public async Task S01_A_rollback_costs_as_much_as_a_commit()
    {
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => Assert.ThrowsAsync<InvalidOperationException>(
            () => _engine.RunAsync(
                async (session, _) =>
                {
                    await ExecuteAsync(session, Read);
                    await ExecuteAsync(session, Write);
                    throw new InvalidOperationException("boom");
                },
                cancellationToken: Token))));
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => Assert.ThrowsAsync<PostgresException>(
            () => _engine.RunAsync((session, _) => ExecuteAsync(session, Failing), cancellationToken: Token))));
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await using var session = _engine.OpenSession();
            await ExecuteAsync(session, Write);
        }));
    }

    [Fact]
    public async Task S05_A_verifying_commit_costs_no_further_round_trip() => await CostsAsync(2, FailUnsentAsync);

    [Fact]
    public async Task S05_A_commit_rejected_for_an_error_costs_only_the_rollback()
    {
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => Assert.ThrowsAsync<SessionAbortedException>(
            () => _engine.RunAsync(
                async (session, _) =>
                {
                    await ExecuteAsync(session, Write);
                    await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, Failing));
                },
                cancellationToken: Token))));
    }

    [Fact]
    public async Task S11_Setting_and_releasing_a_savepoint_costs_nothing_and_undoing_one_round_trip()
    {
        await CostsAsync(3, static async session =>
        {
            await ExecuteAsync(session, Write);
            await using var inner = await session.BeginTransactionAsync(Token);   // travels with the next command
            await ExecuteAsync(session, Write);
            await inner.CommitAsync(Token);   // stays set, and ends with the session's
        });
        await CostsAsync(4, static async session =>
        {
            await ExecuteAsync(session, Write);
            await using var inner = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, Write);
            await inner.RollbackAsync(Token);
        });
    }

    [Fact]
    public async Task S11_The_first_sixteen_sequential_savepoints_cost_nothing_to_release()
    {
        await CostsAsync(20 + 4 + 1, static session => RepeatAsync(20, async () =>
        {
            await using var inner = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, Write);
            await inner.CommitAsync(Token);
        }));
        await CostsAsync(17, static session => RepeatAsync(16, async () =>   // another transaction counts for itself
        {
            await using var inner = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, Write);
            await inner.CommitAsync(Token);
        }));
    }

    [Fact]
    public async Task S11_A_savepoint_named_by_a_library_is_released_immediately() => await CostsAsync(4, static async session =>
    {
        await ExecuteAsync(session, Write);
        await using var inner = await session.Connection.BeginTransactionAsync(Token);
        await inner.SaveAsync("mine", Token);
        await ExecuteAsync(session, Write);
        await inner.ReleaseAsync("mine", Token);
        await inner.CommitAsync(Token);
    });

    [Fact]
    public async Task S18_ConfirmCommit_costs_no_round_trip_and_is_on_with_retries()
    {
        DbSessionOptions[] asking = [new() { ConfirmCommit = true }, new() { Retries = 1 }];
        DbSessionOptions?[] silent = [null, new() { Retries = 1, ConfirmCommit = false }];
        await _engine.RunAsync((session, _) => ExecuteAsync(session, Write), asking[0], Token);   // it may ask: known by now
        foreach (var (options, questions) in asking.Select(static one => ((DbSessionOptions?)one, 1))
            .Concat(silent.Select(static one => (one, 0))))
        {
            await CostsAsync(0, static _ => Task.CompletedTask, options);
            foreach (var commands in new[] { 1, 4 })
            {
                await CostsAsync(commands + 1, session => RepeatAsync(commands, () => ExecuteAsync(session, Write)), options);
            }

            await CostsAsync(2, FailUnsentAsync, options);
            Assert.Equal(questions, await RowsAsync(options) - await RowsAsync(null));   // the driver's reset has some too
        }

        async Task<int> RowsAsync(DbSessionOptions? options)
        {
            var messages = await database.Proxy.RecordAsync(() => _engine.RunAsync(
                (session, _) => ExecuteAsync(session, Write), options, Token));
            return messages.Count(static message => message is { From: WireSide.Server, Type: 'D' });
        }
    }

    [Fact]
    public async Task S21_A_session_that_leaves_state_costs_one_more_round_trip_to_undo_it() =>
        await CostsAsync(1 + 1 + 1, static session => ExecuteAsync(session, "set work_mem = '2MB'"));

    [Fact]
    public async Task S16_An_isolation_level_costs_no_round_trip() => await CostsAsync(
        2,
        static session => ExecuteAsync(session, Write),
        new DbSessionOptions { Isolation = System.Data.IsolationLevel.Serializable });

    [Fact]
    public async Task S01_The_reset_of_a_connection_costs_its_next_user_nothing()
    {
        await CostsAsync(2, static session => ExecuteAsync(session, "set local work_mem = '1MB'"));
        await CostsAsync(2, static session => ExecuteAsync(
            session, "select query_to_xml('select set_config(''work_mem'', ''2MB'', false)', true, true, '')"));
        await CostsAsync(2, static async session =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select setting::int from pg_settings where name = 'work_mem'";
            Assert.NotEqual(2048, await command.ExecuteScalarAsync(Token));   // it was reset, in the same trip
        });
    }

    [Fact]
    public async Task S01_A_reader_costs_one_round_trip_for_any_number_of_rows()
    {
        await CostsAsync(2, static async session =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select repeat('x', 1000) from generate_series(1, 2000)";
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
            {
            }
        });
    }

    [Fact]
    public async Task S01_Automatic_preparation_adds_no_round_trips()
    {
        await using var engine = database.CreateEngine(
            static options => options.PoolSize = 1, "&max auto prepare=10&auto prepare min usages=2");
        await engine.RunAsync((session, _) => ExecuteAsync(session, Read), cancellationToken: Token);
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => engine.RunAsync(
                async (session, _) =>
                {
                    await ExecuteAsync(session, Read);
                    await ExecuteAsync(session, Write);
                },
                cancellationToken: Token)));
        }
    }

    private static async Task ExecuteAsync(DbSession session, string sql)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Meets an error that never reaches the server, so that the commit has to make sure.</summary>
    private static async Task FailUnsentAsync(DbSession session)
    {
        await ExecuteAsync(session, Write);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = Read;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(gone.Token));
    }

    private static async Task RepeatAsync(int times, Func<Task> work)
    {
        for (var done = 0; done < times; done++)
        {
            await work();
        }
    }

    /// <summary>Asserts what a session costs that does some work and commits it.</summary>
    private async Task CostsAsync(int trips, Func<DbSession, Task> work, DbSessionOptions? options = null)
    {
        Assert.Equal(trips, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await using var session = _engine.OpenSession(options);
            await work(session);
            await session.CommitAsync(Token);
        }));
    }
}
