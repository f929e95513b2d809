using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Millpond.Testing.Servers;
using Npgsql;

namespace Millpond.Testing.Leases;

/// <summary>Records which databases of a server belong to which run. Only databases that are listed here are ever
/// dropped.</summary>
/// <remarks>A run holds an advisory lock as long as its connection lives. Databases of a run without a lock are orphaned, and
/// the next run takes them over. Thread-safe: statements run one at a time.</remarks>
internal sealed class LeaseRegistry : IAsyncDisposable
{
    public const string Clone = "clone";
    public const string Template = "template";
    public const string Kept = "kept";

    private const string Name = "Millpond.Testing registry";
    private const int Overhead = AdminConnections.Max + 2;   // this one, and one that waits for a lock

    private readonly string _connectionString;
    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly long _owner = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8));

    private LeaseRegistry(string connectionString) =>
        (_connectionString, _connection) = (connectionString, new NpgsqlConnection(connectionString));

    public static async Task<LeaseRegistry> OpenAsync(
        ServerAddress address, string database, CancellationToken cancellationToken)
    {
        var builder = address.For(database);
        (builder.Pooling, builder.ApplicationName, builder.KeepAlive) = (false, Name, 30);
        var registry = new LeaseRegistry(builder.ConnectionString);
        try
        {
            await registry._connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await registry.ExecuteAsync(
                "begin; select pg_advisory_xact_lock(1); create table if not exists leases (name text primary key, " +
                "kind text not null, owner bigint not null, since timestamptz not null default clock_timestamp()); commit; " +
                $"select pg_advisory_lock({registry._owner})",
                cancellationToken).ConfigureAwait(false);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates the name of a new database and lists it before the database exists.</summary>
    public async Task<string> AddAsync(string kind, CancellationToken cancellationToken)
    {
        var name = $"millpond_{kind}_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        await AddAsync(name, kind, cancellationToken).ConfigureAwait(false);
        return name;
    }

    public Task AddAsync(string name, string kind, CancellationToken cancellationToken) => ExecuteAsync(
        $"insert into leases (name, kind, owner) values ('{name}', '{kind}', {_owner}) " +
        "on conflict (name) do update set since = clock_timestamp()",
        cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        ExecuteAsync($"delete from leases where name = '{name}'", cancellationToken);

    /// <summary>Lets a database outlive the run.</summary>
    /// <param name="name">The database.</param>
    /// <param name="max">The maximum number of kept databases.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The oldest ones beyond that, which belong to this run now.</returns>
    public async Task<IReadOnlyList<string>> KeepAsync(string name, int max, CancellationToken cancellationToken) =>
        await ReadAsync(
            $"update leases set kind = '{Kept}', since = clock_timestamp() where name = '{name}'; " +
            $"update leases set kind = '{Clone}', owner = {_owner} where name in (select name from leases " +
            $"where kind = '{Kept}' order by since desc offset {max}) returning name",
            cancellationToken).ConfigureAwait(false);

    /// <summary>Takes over the databases of ended runs, and templates that have not been used for two weeks.</summary>
    public async Task<IReadOnlyList<string>> AdoptAsync(CancellationToken cancellationToken)
    {
        List<string> adopted = [];
        var owners = await ReadAsync(
            $"select distinct owner::text from leases where kind = '{Clone}' and owner <> {_owner}", cancellationToken)
            .ConfigureAwait(false);
        foreach (var owner in owners)
        {
            // The lock prevents other runs from taking the same ones.
            adopted.AddRange(await ReadAsync(
                $"update leases set owner = {_owner} where kind = '{Clone}' and owner = {owner} " +
                $"and (select pg_try_advisory_lock({owner})) returning name; " +
                $"select null where pg_advisory_unlock({owner})",
                cancellationToken).ConfigureAwait(false));
        }

        adopted.AddRange(await ReadAsync(
            $"update leases set kind = '{Clone}', owner = {_owner} where kind = '{Template}' " +
            "and since < now() - interval '14 days' returning name",
            cancellationToken).ConfigureAwait(false));
        return adopted;
    }

    /// <summary>Determines how many clones this run may have, so that concurrent runs share the server.</summary>
    /// <param name="wanted">The requested number; null for half of what is left.</param>
    /// <param name="perClone">The number of connections of each clone.</param>
    /// <param name="ceiling">The maximum if no number is requested.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task<int> ReserveAsync(int? wanted, int perClone, int ceiling, CancellationToken cancellationToken) => AloneAsync(
        "connections",
        async () =>
        {
            // A run's reservation is part of its registry connection's application name, so it ends with the connection.
            var free = int.Parse(
                (await ReadAsync(
                    "select (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int " +
                    $"- count(*) filter (where datname is not null and datname not like 'millpond\\_%') - {Overhead} " +
                    $"- coalesce(sum(substring(application_name from '^{Name} (\\d+)$')::int), 0))::text from pg_stat_activity",
                    cancellationToken).ConfigureAwait(false))[0],
                CultureInfo.InvariantCulture);
            var clones = wanted ?? Math.Clamp(free / 2 / perClone, 1, ceiling);
            await ExecuteAsync($"set application_name = '{Name} {(clones * perClone) + Overhead}'", cancellationToken)
                .ConfigureAwait(false);
            return clones;
        },
        cancellationToken);

    /// <summary>Runs work that only one run at a time may do on the server.</summary>
    /// <param name="key">The subject of the work.</param>
    /// <param name="work">The work, which must not use the registry's lock itself.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        // On a separate connection, so that waiting here does not block this run's other statements.
        var connection = new NpgsqlConnection(_connectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            using var command = new NpgsqlCommand($"select pg_advisory_lock(1, hashtext('{key}'))", connection)
            {
                CommandTimeout = 0,
            };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return await work().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync().ConfigureAwait(false);

    private Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ReadAsync(sql, cancellationToken);

    private async Task<IReadOnlyList<string>> ReadAsync(string sql, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var command = new NpgsqlCommand(sql, _connection);
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<string> rows = [];
                do
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        if (!reader.IsDBNull(0) && reader.GetDataTypeName(0) == "text")
                        {
                            rows.Add(reader.GetString(0));
                        }
                    }
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
                return rows;
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
