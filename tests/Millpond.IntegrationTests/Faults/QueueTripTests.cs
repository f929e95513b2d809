using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>What queued statements cost in round trips, counted on the wire: nothing.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class QueueTripTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private const string Read = "select balance from accounts where id = 1";

    private DbEngine _engine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.LookAsync($"update accounts set balance = {ProxiedDatabase.Sum / 2}; select 0");
        _engine = database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await _engine.RunAsync((session, _) => ReadAsync(session));   // the driver has read the types by now
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task S27_A_transfer_costs_two_round_trips()
    {
        await CostsAsync(2, static async session =>
        {
            await session.QueryAsync<long>($"select balance from accounts where id in ({1}, {2}) order by id for update", Token);
            Move(session, 1, -10);
            Move(session, 2, 10);
        });
        await CostsAsync(2, static async session =>
        {
            Move(session, 1, 10);
            Move(session, 2, -10);
            await ReadAsync(session);
        });
        Assert.Equal(ProxiedDatabase.Sum / 2, await database.LookAsync(Read));
    }

    [Fact]
    public async Task S27_A_single_queued_statement_costs_one_round_trip_with_begin_and_commit()
    {
        foreach (var options in (DbSessionOptions[])
            [new(), new() { ConfirmCommit = true }, new() { Isolation = System.Data.IsolationLevel.Serializable }, Tenant()])
        {
            await CostsAsync(1, static session => Task.FromResult(Move(session, 1, 0)), options);
            await CostsAsync(
                1,
                static session =>
                {
                    for (var i = 0; i < 50; i++)
                    {
                        Move(session, 1 + (i % 2), 0);
                    }

                    return Task.CompletedTask;
                },
                options);
        }

        static DbSessionOptions Tenant()
        {
            var options = new DbSessionOptions { StatementTimeout = TimeSpan.FromMinutes(1) };
            options.OnBegin(static begin => begin.Set("app.tenant", 7));
            return options;
        }
    }

    [Fact]
    public async Task S27_Queued_statements_are_sent_with_any_next_command()
    {
        await CostsAsync(3, static async session =>
        {
            Move(session, 1, 0);
            await ReadAsync(session);
            Move(session, 1, 0);
            await session.ExecuteAsync($"update accounts set balance = balance where id = {2}", Token);
            Move(session, 1, 0);
        });
        await CostsAsync(2, static async session =>
        {
            Move(session, 1, 0);
            await using var batch = session.Connection.CreateBatch();
            foreach (var sql in (string[])[Read, Read])
            {
                var one = batch.CreateBatchCommand();
                one.CommandText = sql;
                batch.BatchCommands.Add(one);
            }

            await batch.ExecuteNonQueryAsync(Token);
        });
    }

    [Fact]
    public async Task S27_A_savepoint_and_its_commit_send_queued_statements_in_one_round_trip_and_its_rollback_none()
    {
        await CostsAsync(4, static async session =>
        {
            Move(session, 1, 0);
            await using var inner = await session.BeginTransactionAsync(Token);   // one; the savepoint waits for a command
            await ReadAsync(session);
            Move(session, 2, 0);
            await inner.CommitAsync(Token);
        });
        await CostsAsync(3, static async session =>
        {
            await ReadAsync(session);
            await using var inner = await session.BeginTransactionAsync(Token);
            Move(session, 2, 0);
            await inner.RollbackAsync(Token);   // sets the savepoint, and rolls back to it
        });
    }

    [Fact]
    public async Task S27_A_queued_statement_that_may_return_rows_costs_a_round_trip_except_with_the_commit()
    {
        await CostsAsync(3, static async session =>
        {
            session.Queue($"update accounts set balance = balance where id = {1} returning balance");
            await ReadAsync(session);
        });
        await CostsAsync(2, static async session =>
        {
            await ReadAsync(session);
            session.Queue($"update accounts set balance = balance where id = {1} returning balance");
        });
    }

    [Fact]
    public async Task S27_A_rollback_sends_no_queued_statement()
    {
        await CostsAsync(0, static async session =>
        {
            Move(session, 1, 5);
            await session.RollbackAsync(Token);
        });
        Assert.Equal(1, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await using var session = _engine.OpenSession();
            Move(session, 3, 1);
            session.Queue($"insert into accounts values (1, {0})");
            await Assert.ThrowsAsync<QueuedStatementException>(() => session.CommitAsync(Token));
        }) - 1);   // the packet that fails, and the rollback
        Assert.Equal(ProxiedDatabase.Sum / 2, await database.LookAsync(Read));
    }

    [Fact]
    public async Task S18_The_outcome_of_a_commit_with_queued_statements_is_queried()
    {
        await using var engine = database.CreateEngine(static options => options.Session.ConfirmCommit = true);
        await engine.RunAsync((session, _) => Task.FromResult(Move(session, 1, 0)), cancellationToken: Token);
        var server = (await database.Proxy.RecordAsync(() => engine.RunAsync(
            static (session, _) => Task.FromResult(Move(session, 1, 0)), cancellationToken: Token)))
            .Where(static message => message.From == WireSide.Server).ToList();
        var answer = server.FindLastIndex(static message => message.Type == 'C') + 1;
        database.Proxy.Arm(new FaultPoint(FaultKind.Reset, WireSide.Server, answer));
        await engine.RunAsync(static (session, _) => Task.FromResult(Move(session, 1, 3)), cancellationToken: Token);
        Assert.Equal((ProxiedDatabase.Sum / 2) + 3, await database.LookAsync(Read));
        await database.EndAsync(engine, _engine);
    }

    private static bool Move(DbSession session, int id, int amount)
    {
        session.Queue($"update accounts set balance = balance + {amount} where id = {id}");
        return true;
    }

    private static async Task ReadAsync(DbSession session)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = Read;
        Assert.IsType<long>(await command.ExecuteScalarAsync(Token));
    }

    /// <summary>Asserts what a session costs that does some work and commits it.</summary>
    private async Task CostsAsync(int trips, Func<DbSession, Task> work, DbSessionOptions? options = null) =>
        Assert.Equal(trips, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await using var session = _engine.OpenSession(options);
            await work(session);
            await session.CommitAsync(Token);
        }));
}
