using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A database with two accounts behind a proxy, and a connection beside the proxy that looks at it.</summary>
public sealed class ProxiedDatabase : IAsyncLifetime
{
    /// <summary>What the two accounts hold together, whatever happens.</summary>
    public const long Sum = 2_000_000;

    private readonly SemaphoreSlim _looking = new(1);
    private ScratchDatabase _database = null!;
    private NpgsqlConnection _observer = null!;

    public FaultProxy Proxy { get; private set; } = null!;

    /// <summary>Gets the password of the database's user as an SQL literal.</summary>
    public string QuotedPassword =>
        $"'{new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(_database.Url)).Password}'";

    public async ValueTask InitializeAsync()
    {
        _database = await ScratchDatabase.OnItsOwnServerAsync();
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
        options.UsePostgreSql(GetUrl(query));
        (options.PoolSize, options.MaxOverflow) = (2, 0);
        configure?.Invoke(options);
    });

    /// <summary>The URL of the database by way of the proxy. Nothing is prepared by itself: what is sent must be the same each
    /// time, for faults strike at the n-th message.</summary>
    public string GetUrl(string query = "") => $"{Proxy.GetUrl(_database.Url)}?sslmode=disable&max auto prepare=0{query}";

    /// <summary>Lifts every fault, ends engines, and waits until nothing of theirs is under way any more: what a driver still
    /// opens or closes would be the next test's.</summary>
    public async Task EndAsync(params DbEngine[] engines)
    {
        Proxy.Heal();
        foreach (var engine in engines)
        {
            await engine.DisposeAsync();
        }

        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Proxy.OpenConnections > 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{Proxy.OpenConnections} connections were left open.");
            await Task.Delay(5);
        }
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

    /// <summary>Waits until no connection of others to this database is in a transaction any more.</summary>
    public async Task AtRestAsync(string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (await LookAsync(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() " +
            "and backend_type = 'client backend' and state <> 'idle'") is var busy and > 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{what}: {busy} connections were left in a transaction.");
            await Task.Delay(5);
        }
    }

    /// <summary>Asserts that a transfer was made wholly or not at all.</summary>
    /// <returns>Whether it was made.</returns>
    public async Task<bool> WasMadeAsync(Transfer transfer, string what)
    {
        await AtRestAsync(what);
        var rows = await LookAsync($"select count(*) from transfers where id = '{transfer.Id}'");
        var moved = await LookAsync($"select {Sum / 2} - balance from accounts where id = 1");
        var arrived = await LookAsync($"select balance - {Sum / 2} from accounts where id = 2");
        var booked = await LookAsync("select coalesce(sum(amount), 0) from transfers");
        Assert.True(moved == arrived && moved == booked, $"{what}: {moved} went, {arrived} came, {booked} are in the book.");
        return rows == 1;
    }
}
