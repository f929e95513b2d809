using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Features of Npgsql that a session or an engine passes on.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDriverFeatureTests : SessionTestBase
{
    private enum Mood
    {
        Happy,
    }

    [Fact]
    public async Task F06_Work_on_the_drivers_connection_gets_its_transaction()
    {
        await using var session = Engine.OpenSession();
        await session.UseProviderConnectionAsync<NpgsqlConnection>(
            static async (connection, transaction, token) =>
            {
                await using var command = new NpgsqlCommand(
                    "insert into users values (1, 'ada')", connection, Assert.IsType<NpgsqlTransaction>(transaction));
                await command.ExecuteNonQueryAsync(token);
            },
            Token);
        await session.RollbackAsync(Token);
        var own = new DbSessionOptions { Mode = SessionMode.Autocommit };
        await using var autocommit = Engine.OpenSession(own);
        Assert.NotNull(await autocommit.UseProviderConnectionAsync<NpgsqlConnection, DbTransaction?>(
            static (_, transaction, _) => Task.FromResult(transaction), Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task F06_A_COPY_without_CompleteAsync_is_reported()
    {
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.UseProviderConnectionAsync<NpgsqlConnection>(
                static async (connection, token) =>
                {
                    await using var import = await connection.BeginBinaryImportAsync(
                        "copy users (id, name) from stdin (format binary)", token);
                    await import.WriteRowAsync(token, 1, "ada");
                },
                Token));
        Assert.Contains("disposed a COPY without CompleteAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F06_ConfigureDataSource_runs_once_per_engine_and_applies_to_all_of_its_data_sources()
    {
        var calls = 0;
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(
            Database.Url,
            o => o.ConfigureDataSource(source =>
            {
                calls++;
                source.ConnectionStringBuilder.ApplicationName = "named in code";
                source.ConnectionStringBuilder.Remove("Tcp Keepalive");
            })));
        await using var heard = engine.ListenAsync("orders", Token).GetAsyncEnumerator(Token);
        Assert.True(await heard.MoveNextAsync());   // a data source beside the pool's
#pragma warning disable MILLSEAM // as after an outage, which takes its time
        engine.Source.ResetPool();
#pragma warning restore MILLSEAM
        var named = await engine.RunAsync(
            static (session, token) => ScalarAsync<long>(
                session,
                "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'named in code'",
                token),
            Token);
        Assert.InRange(named, 2, 3);   // the first pool's connection may be closed by now
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task F06_ConfigureDataSource_gets_the_services_of_the_host()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(new Version(4, 2));
        builder.AddMillpond("bank", options => options.UsePostgreSql(Database.Url, static o => o.ConfigureDataSource(
            static (services, source) => source.ConnectionStringBuilder.ApplicationName =
                $"of {services.GetRequiredService<Version>()}")));
        using var host = builder.Build();
        await host.StartAsync(Token);
        await using var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        Assert.Equal("of 4.2", await ScalarAsync<string>(session, "show application_name", Token));
        await host.StopAsync(Token);
    }

    [Fact]
    public void F06_ConfigureDataSource_with_services_needs_a_host()
    {
        var error = Assert.Throws<InvalidOperationException>(() => DbEngine.Create(options => options.UsePostgreSql(
            Database.Url, static o => o.ConfigureDataSource(static (services, source) => source.EnableParameterLogging()))));
        Assert.StartsWith("This ConfigureDataSource needs the host's services", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F06_Types_created_later_are_known_after_ReloadTypesAsync()
    {
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(
            Database.Url, static o => o.ConfigureDataSource(static source => source.MapEnum<Mood>("mood"))));
        await engine.RunAsync(
            static (session, token) => ExecuteAsync(session, "create type mood as enum ('happy')", token),
            cancellationToken: Token);
        await Assert.ThrowsAnyAsync<Exception>(() => SendAsync(engine));
        await engine.ReloadTypesAsync();
        Assert.Equal("happy", await SendAsync(engine));
    }

    [Fact]
    public async Task S21_Server_notices_are_logged()
    {
        using var log = new LogBook();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        await using var engine = Database.CreateEngine(options => options.LoggerFactory = loggers);
        await engine.RunAsync(
            static (session, token) => ExecuteAsync(
                session, "do $$ begin raise notice 'quiet'; raise warning 'loud'; end $$", token),
            cancellationToken: Token);
        Assert.Contains(log.Of(LogLevel.Warning), static line =>
            line.StartsWith("Engine 'default': the server says WARNING 01000: loud", StringComparison.Ordinal));
        const string quiet = "Engine 'default': the server says NOTICE 00000: quiet";
        Assert.DoesNotContain(log.Of(LogLevel.Information), static line => line.StartsWith(quiet, StringComparison.Ordinal));
        Assert.Contains(log.Of(LogLevel.Debug), static line => line.StartsWith(quiet, StringComparison.Ordinal));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private static Task<string?> SendAsync(DbEngine engine) => engine.RunAsync(
        static async (session, token) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select @mood::text";
            command.Parameters.Add(new NpgsqlParameter<Mood>("mood", Mood.Happy));
            return (string?)await command.ExecuteScalarAsync(token);
        },
        cancellationToken: Token);
}
