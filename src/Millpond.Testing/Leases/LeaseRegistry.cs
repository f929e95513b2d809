using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Millpond.Testing.Servers;
using Npgsql;

namespace Millpond.Testing.Leases;

/// <summary>Which databases of a server belong to which run. Only what is listed here is ever dropped.</summary>
/// <remarks>A run holds an advisory lock for as long as its connection lives. Databases whose run holds no lock any more are
/// orphans, and the next run takes them over. Thread-safe: statements run one at a time.</remarks>
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

    /// <summary>Makes the name of a new database and lists it, before there is such a database.</summary>
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

    /// <summary>Has a database outlive the run.</summary>
    /// <param name="name">The database.</param>
    /// <param name="max">How many are kept at most.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The oldest ones beyond that, which are this run's now.</returns>
    public async Task<IReadOnlyList<string>> KeepAsync(string name, int max, CancellationToken cancellationToken) =>
        await ReadAsync(
            $"update leases set kind = '{Kept}', since = clock_timestamp() where name = '{name}'; " +
            $"update leases set kind = '{Clone}', owner = {_owner} where name in (select name from leases " +
            $"where kind = '{Kept}' order by since desc offset {max}) returning name",
            cancellationToken).ConfigureAwait(false);

    /// <summary>Takes over what ended runs have left, and templates that nobody has used for two weeks.</summary>
    public async Task<IReadOnlyList<string>> AdoptAsync(CancellationToken cancellationToken)
    {
        List<string> adopted = [];
        var owners = await ReadAsync(
            $"select distinct owner::text from leases where kind = '{Clone}' and owner <> {_owner}", cancellationToken)
            .ConfigureAwait(false);
        foreach (var owner in owners)
        {
            // While the lock is held nobody else takes the same ones.
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

    /// <summary>Decides how many clones this run may have, so that several runs at once have room on the server.</summary>
    /// <param name="wanted">How many are wanted; null: half of what is left.</param>
    /// <param name="perClone">How many connections each needs.</param>
    /// <param name="ceiling">The most there can be where nobody said how many.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task<int> ReserveAsync(int? wanted, int perClone, int ceiling, CancellationToken cancellationToken) => AloneAsync(
        "connections",
        async () =>
        {
            // What a run has reserved stands in the name of its registry connection, and so ends with it.
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
    /// <param name="key">What it is about.</param>
    /// <param name="work">The work. It must not use the registry's lock itself.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        // On a connection of its own: waiting here must not keep others of this run from the registry.
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
