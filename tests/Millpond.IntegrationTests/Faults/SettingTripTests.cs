using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>What a session's own settings cost in round trips, counted on the wire.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class SettingTripTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private const string Read = "select balance from accounts where id = 1";
    private const string Write = "update accounts set balance = balance where id = 1";

    private static readonly DbSessionOptions Own = new()
    {
        Access = SessionAccess.ReadOnly,
        Isolation = IsolationLevel.RepeatableRead,
        StatementTimeout = TimeSpan.FromMinutes(1),
    };

    private static readonly DbSessionOptions Autocommit = new() { Mode = SessionMode.Autocommit };

    private DbEngine _engine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _engine = database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await _engine.RunAsync((session, _) => ExecuteAsync(session, "select 1"));   // the driver has read the types by now
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task S15_A_read_only_session_with_timeouts_costs_as_much_as_any_session()
    {
        await CostsAsync(0, Own, static _ => Task.CompletedTask);
        await CostsAsync(0, Own, static session => session.Connection.OpenAsync(Token));
        await CostsAsync(2, Own, static session => ExecuteAsync(session, Read));
        await CostsAsync(3, Own, static async session =>
        {
            await ExecuteAsync(session, Read);
            await ExecuteAsync(session, Read);
        });
        await CostsAsync(2, Own, static session => session.Connection.QueryAsync<long>(Read));
        await CostsAsync(2, Own, static session => session.Connection.QueryAsync<long>(
            "select balance from accounts where id = @id", new { id = 1 }));
        await CostsAsync(2, Own, static session => session.QueryAsync<long>(
            $"select balance from accounts where id = {1}", Token));
        await CostsAsync(2, Own, static async session =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select balance from accounts where id = $1";
            command.Parameters.Add(new NpgsqlParameter { Value = 1 });
            Assert.Equal(ProxiedDatabase.Sum / 2, await command.ExecuteScalarAsync(Token));
        });
        await CostsAsync(2, Own, static async session =>
        {
            await using var batch = session.Connection.CreateBatch();
            foreach (var sql in new[] { Read, Read })
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = sql;
                batch.BatchCommands.Add(command);
            }

            await using var reader = await batch.ExecuteReaderAsync(Token);
        });
    }

    [Fact]
    public async Task S16_Commands_that_cannot_include_settings_cost_one_round_trip_for_them()
    {
        await CostsAsync(4, Own, static async session =>   // the settings, the preparation, the command, the end
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = Read;
            await command.PrepareAsync(Token);
            await command.ExecuteNonQueryAsync(Token);
        });
        await CostsAsync(3, Own, static async session =>
        {
            await using var command = session.Connection.CreateCommand();
            (command.CommandText, command.CommandType) = ("accounts", CommandType.TableDirect);
            await command.ExecuteScalarAsync(Token);
        });
        await CostsAsync(3, Own, static async session =>   // settings first, a savepoint with the command, the end
        {
            await using var inner = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, Read);
            await inner.CommitAsync(Token);
        });
    }

    [Fact]
    public async Task S16_A_query_of_EF_includes_its_settings_and_a_save_costs_one_round_trip_for_them()
    {
        await using var host = Host();
        await RunAsync(host, QueryAsync, timeout: null);   // driver and context have read what they need by now
        await RunAsync(host, SaveAsync, timeout: null);

        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => RunAsync(host, QueryAsync, timeout: null)));
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => RunAsync(host, QueryAsync, minute)));

        // A savepoint with the update, the end.
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => RunAsync(host, SaveAsync, timeout: null)));
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => RunAsync(host, SaveAsync, minute)));
    }

    [Fact]
    public async Task E03_Each_query_and_each_save_of_EF_costs_one_round_trip()
    {
        await using var host = Host();
        await RunAsync(host, QueryAsync, timeout: null);
        await RunAsync(host, SaveAsync, timeout: null);
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => RunAsync(
            host,
            static async db =>
            {
                await QueryAsync(db);
                await SaveAsync(db);
            },
            timeout: null)));
        Assert.Equal(6, await database.Proxy.CountRoundTripsAsync(() => RunAsync(
            host,
            static async db =>
            {
                await SaveAsync(db);
                await QueryAsync(db);
                await SaveAsync(db);
                await SaveAsync(db);
                await QueryAsync(db);
            },
            timeout: null)));
    }

    [Fact]
    public async Task E03_A_transfer_with_EF_is_three_round_trips_and_a_read_only_query_two()
    {
        await using var host = Host();
        await RunAsync(host, TransferAsync, timeout: null);
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => RunAsync(host, TransferAsync, timeout: null)));
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await host.RunInSessionAsync(
                static (scope, _) => QueryAsync(scope.GetRequiredService<BalancesContext>()),
                static session => session.Access = SessionAccess.ReadOnly,
                Token);
            while (host.GetRequiredService<DbEngine>().GetSnapshot().InUse > 0)   // the answer to its end comes behind
            {
                await Task.Delay(1, Token);
            }
        }));
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => host.RunInSessionAsync(
            static (scope, _) => SaveAsync(scope.GetRequiredService<BalancesContext>()),
            static session => session.OnBegin(static begin => begin.Set("app.tenant", 7)),
            Token)));   // a save takes no settings along

        static async Task TransferAsync(BalancesContext db)
        {
            db.ChangeTracker.Clear();
            var both = await db.Set<Balance>().OrderBy(static one => one.Id).ToListAsync(Token);
            (both[0].Amount, both[1].Amount) = (both[0].Amount - 1, both[1].Amount + 1);
            await db.SaveChangesAsync(Token);
        }
    }

    [Fact]
    public async Task S27_A_query_of_EF_includes_queued_statements_and_a_save_is_sent_after_them()
    {
        const long Half = ProxiedDatabase.Sum / 2;
        await using var host = Host();
        await RunAsync(host, QueryAsync, timeout: null);
        await RunAsync(host, SaveAsync, timeout: null);
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => QueueAsync(static async db =>
        {
            var first = await db.Set<Balance>().AsNoTracking().SingleAsync(static one => one.Id == 1, Token);
            Assert.Equal(Half + 1, first.Amount);
        })));
        Assert.Equal(3, await database.Proxy.CountRoundTripsAsync(() => QueueAsync(SaveAsync)));
        Assert.Equal(Half, await database.LookAsync(Read));   // the save came last

        Task QueueAsync(Func<BalancesContext, Task> work) => host.RunInSessionAsync(
            (scope, _) =>
            {
                scope.GetRequiredService<DbSession>().Queue($"update accounts set balance = {Half + 1} where id = 1");
                return work(scope.GetRequiredService<BalancesContext>());
            },
            cancellationToken: Token);
    }

    [Fact]
    public async Task S16_Engine_wide_settings_cost_no_round_trip()
    {
        await using var engine = database.CreateEngine(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.Session.Access = SessionAccess.ReadOnly;
            options.Session.Isolation = IsolationLevel.Serializable;
            options.Session.StatementTimeout = TimeSpan.FromSeconds(77);
        });
        await engine.RunAsync((session, _) => ExecuteAsync(session, Read), cancellationToken: Token);
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => engine.RunAsync(async (session, _) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select concat_ws(' ', current_setting('transaction_read_only'), " +
                "current_setting('transaction_isolation'), current_setting('statement_timeout'))";
            Assert.Equal("on serializable 77s", await command.ExecuteScalarAsync(Token));
        })));
    }

    [Fact]
    public async Task S22_OnBegin_settings_are_sent_with_the_first_command()
    {
        var options = new DbSessionOptions { Access = SessionAccess.ReadOnly };
        options.OnBegin(static begin => begin.Set("app.tenant", 7));
        await CostsAsync(2, options, static session => ExecuteAsync(session, Read));
        options.OnBegin(static begin => begin.Execute("select 1"));
        await CostsAsync(3, options, static session => ExecuteAsync(session, Read));
    }

    [Fact]
    public async Task S16_In_autocommit_a_session_costs_only_its_commands()
    {
        await CostsAsync(0, Autocommit, static _ => Task.CompletedTask);
        await CostsAsync(1, Autocommit, static session => ExecuteAsync(session, Write));
        await CostsAsync(3, Autocommit, static async session =>
        {
            await ExecuteAsync(session, Write);
            await ExecuteAsync(session, Read);
            await ExecuteAsync(session, Write);
        });
        await CostsAsync(2, Autocommit, static async session =>   // BEGIN travels with the command
        {
            await using var real = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, Write);
            await real.CommitAsync(Token);
        });
        await CostsAsync(0, Autocommit, static async session =>
        {
            await using var real = await session.BeginTransactionAsync(Token);
        });
    }

    private static Task ExecuteAsync(DbSession session, string sql) => ExecuteAsync(session.Connection, sql);

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task CostsAsync(int trips, DbSessionOptions? options, Func<DbSession, Task> work) =>
        Assert.Equal(trips, await database.Proxy.CountRoundTripsAsync(async () =>
        {
            await using var session = _engine.OpenSession(options);
            await work(session);
            await session.CommitAsync(Token);
            while (_engine.GetSnapshot().InUse > 0)   // the answer to a read-only transaction's end comes behind
            {
                await Task.Delay(1, Token);
            }
        }));

    private ServiceProvider Host()
    {
        ServiceCollection services = [];
        services.AddLogging();
        services.AddMillpond(options =>
        {
            options.UsePostgreSql(database.GetUrl());
            (options.PoolSize, options.MaxOverflow, options.WarmUp) = (1, 0, false);
        });
        services.AddSessionDbContext<BalancesContext>(static (_, options) => options.UseNpgsql());
        return services.BuildServiceProvider();
    }

    private static Task RunAsync(IServiceProvider host, Func<BalancesContext, Task> work, TimeSpan? timeout) =>
        host.RunInSessionAsync(
            (scope, _) => work(scope.GetRequiredService<BalancesContext>()),
            session => session.StatementTimeout = timeout,
            Token);

    private static Task QueryAsync(BalancesContext db) => db.Set<Balance>().AsNoTracking().ToListAsync(Token);

    private static Task SaveAsync(BalancesContext db)
    {
        db.ChangeTracker.Clear();
        var one = db.Attach(new Balance { Id = 1 });
        one.Property(static balance => balance.Amount).CurrentValue = ProxiedDatabase.Sum / 2;
        return db.SaveChangesAsync(Token);
    }
}
