using System.Data;
using Microsoft.Extensions.Options;
using Millpond.IntegrationTests.Faults;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Millpond.PostgreSql.Pool;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Poolers;

/// <summary>How an engine finds out what stands between, and what it does with that.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class PoolerDetectionTests : SessionTestBase
{
    private const string Statement = "select count(*) from users";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    [Theory]
    [InlineData("session", "")]
    [InlineData("session", "ignore_startup_parameters = options")]
    [InlineData("transaction", "")]
    [InlineData("transaction", "ignore_startup_parameters = options")]
    public async Task S16_Engine_wide_settings_apply_behind_a_pooler_that_rejects_startup_options(
        string mode, string more)
    {
        await using var pooler = await PgBouncer.StartAsync(Database.Url, 3, mode, more);
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = pooler.Before(Database.Url);
            options.Session.Access = SessionAccess.ReadOnly;
            options.Session.Isolation = IsolationLevel.RepeatableRead;
            options.Session.StatementTimeout = TimeSpan.FromSeconds(70);
        });
        const string look = "select concat_ws(' ', current_setting('transaction_read_only'), " +
            "current_setting('transaction_isolation'), current_setting('statement_timeout'))";
        Assert.Equal("on repeatable read 70s", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, look, token), cancellationToken: Token));
        var own = new DbSessionOptions { Access = SessionAccess.ReadWrite, Isolation = IsolationLevel.Serializable };
        Assert.Equal("off serializable 70s", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, look, token), own, Token));
    }

    [Fact]
    public async Task G15_Statements_are_prepared_automatically_only_if_the_connection_string_enables_it()
    {
        const string Wanted = ";Max Auto Prepare=10";
        var pooled = PostgresUrl.ToConnectionString((await PgBouncer.InSessionModeAsync()).Before(Database.Url));
        Assert.Equal(0, await PreparedAsync(Engine));
        Assert.Equal(1, await PreparedAsync(CreateEngine(
            options => options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) + Wanted)));
        Assert.Equal(0, await PreparedAsync(CreateEngine(options => options.ConnectionString = pooled)));
        Assert.Equal(1, await PreparedAsync(CreateEngine(options => options.ConnectionString = pooled + Wanted)));
    }

    [Fact]
    public async Task S21_An_undetected_pooler_mode_counts_as_transaction_mode()
    {
        await using var pooler = await PgBouncer.StartAsync(Database.Url, 1, "session");   // a second client waits for ever
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = pooler.Before(Database.Url);
            (options.PoolSize, options.MaxOverflow) = (1, 0);
        });
        await Assert.ThrowsAsync<NotSupportedException>(() => SetAsync(engine));
    }

    [Theory]
    [InlineData(PoolerMode.None, true)]
    [InlineData(PoolerMode.Session, true)]
    [InlineData(PoolerMode.Transaction, false)]
    public async Task S21_A_configured_pooler_is_not_detected(PoolerMode said, bool sets)
    {
        var pooler = await PgBouncer.InSessionModeAsync();
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = null;
            options.UsePostgreSql(pooler.Before(Database.Url), o => o.Pooler = said);
        });
        var error = await Record.ExceptionAsync(() => SetAsync(engine));
        Assert.Equal(sets, error is null);
        Assert.Throws<OptionsValidationException>(() => CreateEngine(o => o.UsePostgreSql(p => p.Pooler = (PoolerMode)9)));
    }

    [Fact]
    public async Task G12_A_pooler_at_its_client_limit_is_full_and_not_down()
    {
        await using var pooler = await PgBouncer.StartAsync(Database.Url, 3, "transaction", "max_client_conn = 1");
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = null;
            options.UsePostgreSql(pooler.Before(Database.Url), static o => o.Pooler = PoolerMode.Transaction);
            options.PoolTimeout = TimeSpan.FromSeconds(1);
        });
        await using var first = engine.OpenSession();
        await ExecuteAsync(first, "select 1", Token);
        await using var second = engine.OpenSession();
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => ExecuteAsync(second, "select 1", Token));
        Assert.Contains("no more connections allowed", error.InnerException!.Message, StringComparison.Ordinal);
        Assert.StartsWith("The server at", error.Message, StringComparison.Ordinal);
        Assert.Null(engine.GetSnapshot().DownSince);
    }

    [Fact]
    public async Task S21_A_failed_first_connection_detects_no_pooler()
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.ToConnectionString(Database.Url));
        await using var first = await source.OpenConnectionAsync(Token);
        Assert.True(await Engine.RunAsync(
            (session, token) => ScalarAsync<bool>(session, $"select pg_terminate_backend({first.ProcessID}, 5000)", token),
            cancellationToken: Token));
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => Pooler.FindAsync(first, source, TimeProvider.System, Token));
        Assert.Equal(PostgresErrorCodes.AdminShutdown, error.SqlState);
    }

    [Fact]
    public async Task S19_An_idle_connection_whose_server_process_the_pooler_lost_is_replaced()
    {
        var pooler = await PgBouncer.InSessionModeAsync();
        var time = new SkippingTime();
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = pooler.Before(Database.Url);
            (options.PoolSize, options.MaxOverflow, options.TimeProvider) = (1, 0, time);
        });
        var backend = await engine.RunAsync(
            static (session, token) => ScalarAsync<int>(session, "select pg_backend_pid()", token), cancellationToken: Token);
        Assert.True(await Engine.RunAsync(
            (session, token) => ScalarAsync<bool>(session, $"select pg_terminate_backend({backend}, 5000)", token),
            cancellationToken: Token));
        time.Skip(TimeSpan.FromSeconds(1));
        Assert.NotEqual(backend, await engine.RunAsync(
            static (session, token) => ScalarAsync<int>(session, "select pg_backend_pid()", token), cancellationToken: Token));
    }

    private static Task<int> SetAsync(DbEngine engine) => engine.RunAsync(
        static (session, token) => ExecuteAsync(session, "set application_name = 'mine'", token), cancellationToken: Token);

    private static Task<int> PreparedAsync(DbEngine engine) => engine.RunAsync(
        static async (session, token) =>
        {
            for (var use = 0; use < 6; use++)
            {
                await ScalarAsync<long>(session, Statement, token);
            }

            return await ScalarAsync<int>(
                session, $"select count(*) from pg_prepared_statements where statement = '{Statement}'", token);
        },
        cancellationToken: Token);
}
