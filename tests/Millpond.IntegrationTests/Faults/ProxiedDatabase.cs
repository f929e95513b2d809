using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Engine;
using Millpond.IntegrationTests.Sessions;
using Millpond.Sessions;
using Npgsql;
using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A database with two accounts behind a proxy, and a connection beside the proxy that looks at it.</summary>
public sealed class ProxiedDatabase : IAsyncLifetime
{
    /// <summary>What the two accounts hold together, whatever happens.</summary>
    public const long Sum = 2_000_000;

    private readonly SemaphoreSlim _looking = new(1);
    private TestDatabase _database = null!;
    private NpgsqlConnection _observer = null!;

    public FaultProxy Proxy { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.PostgreSqlAsync();
        Proxy = FaultProxy.Start(_database.Url);
        _observer = new NpgsqlConnection(PostgresUrl.ToConnectionString(_database.Url));
        await _observer.OpenAsync();
        await LookAsync(
            $"create table accounts (id int primary key, balance bigint not null);" +
            $"create table transfers (id uuid primary key, amount bigint not null);" +
            $"insert into accounts values (1, {Sum / 2}), (2, {Sum / 2}); select 0");
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _observer.DisposeAsync();
        await _database.DisposeAsync();
        _looking.Dispose();
    }

    /// <summary>Makes an engine of two connections that goes through the proxy.</summary>
    public DbEngine CreateEngine(Action<EngineOptions>? configure = null, string query = "") => DbEngine.Create(options =>
    {
        Configure(options, query);
        configure?.Invoke(options);
    });

    public void Configure(EngineOptions options, string query = "")
    {
        options.UsePostgreSql();
        options.ConnectionString = $"{Proxy.Lead(_database.Url)}?sslmode=disable{query}";
        (options.PoolSize, options.MaxOverflow) = (2, 0);
    }

    /// <summary>Asks for a number, beside the proxy.</summary>
    public async Task<long> LookAsync(string sql)
    {
        await _looking.WaitAsync();
        try
        {
            await using var command = new NpgsqlCommand(sql, _observer);
            return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>How many connections of others to this database are inside a transaction.</summary>
    public Task<long> InTransactionAsync() => LookAsync(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() " +
        "and (state like 'idle in transaction%' or state = 'active')");
}
