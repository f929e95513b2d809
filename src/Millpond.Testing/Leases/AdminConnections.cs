using Npgsql;

namespace Millpond.Testing.Leases;

/// <summary>Connections to the registry database, for statements about databases.</summary>
internal sealed class AdminConnections : IAsyncDisposable
{
    public const int Max = 3;

    private const int MinVersion = 130000;
    private readonly NpgsqlDataSource _source;

    private AdminConnections(NpgsqlDataSource source, string registry, string user, int version) =>
        (_source, Registry, User, Version) = (source, registry, user, version);

    /// <summary>Gets the name of the registry database. Each user of a server has its own.</summary>
    public string Registry { get; }

    public string User { get; }

    /// <summary>Gets the server's version number, such as 150018.</summary>
    public int Version { get; }

    public static async Task<AdminConnections> OpenAsync(TestServer server, CancellationToken cancellationToken)
    {
        var (registry, user, version) = await CreateDatabaseAsync(server, cancellationToken).ConfigureAwait(false);
        var builder = server.Address.For(registry);
        (builder.MaxPoolSize, builder.Timeout, builder.ApplicationName) = (Max, 60, "Millpond.Testing");
        return new AdminConnections(NpgsqlDataSource.Create(builder.ConnectionString), registry, user, version);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<T> ReadAsync<T>(string sql, CancellationToken cancellationToken)
    {
        using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Drops a database, without <c>WITH (FORCE)</c>, which sleeps for 100 ms if a connection was open.</summary>
    public async Task DropAsync(string name, CancellationToken cancellationToken)
    {
        await EndConnectionsAsync(name, cancellationToken).ConfigureAwait(false);
        if (await ReadAsync<bool>(
            $"select exists(select from pg_database where datname = '{name}' and datistemplate)", cancellationToken)
            .ConfigureAwait(false))
        {
            await ExecuteAsync($"alter database {name} with is_template false", cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync($"drop database if exists {name}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Terminates all connections to a database and waits until they have ended.</summary>
    public async Task EndConnectionsAsync(string name, CancellationToken cancellationToken)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (await ReadAsync<long>(
            $"select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{name}'", cancellationToken)
            .ConfigureAwait(false) > 0)
        {
            await poll.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Creates the registry database if it does not exist, and determines the user's rights.</summary>
    private static async Task<(string Registry, string User, int Version)> CreateDatabaseAsync(
        TestServer server, CancellationToken cancellationToken)
    {
        var address = server.Address.For(server.Address.Database);
        (address.Pooling, address.ApplicationName) = (false, "Millpond.Testing");
        var connection = new NpgsqlConnection(address.ConnectionString);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException error)
            {
                throw new TestDatabaseException(
                    $"The PostgreSQL server at {address.Host}:{address.Port}, which comes from {server.Origin}, cannot be " +
                    $"reached: {error.InnerException?.Message ?? error.Message} Start it, or correct the address.", error);
            }

            using var command = new NpgsqlCommand(
                "select current_user::text, current_setting('server_version_num')::int, current_setting('server_version'), " +
                "(select rolcreatedb or rolsuper from pg_roles where rolname = current_user), " +
                "'millpond_testing_' || left(md5(current_user), 8), exists(select from pg_database " +
                "where datname = 'millpond_testing_' || left(md5(current_user), 8))", connection);
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            (string User, int Version, string Name, bool MayCreate, string Registry, bool Exists) found;
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                found = (
                    reader.GetString(0), reader.GetInt32(1), reader.GetString(2),
                    reader.GetBoolean(3), reader.GetString(4), reader.GetBoolean(5));
            }

            CheckVersion(found.Version, found.Name, server.Origin);

            if (!found.MayCreate)
            {
                throw new TestDatabaseException(
                    $"User '{found.User}' of {server.Origin} may not create databases. Run as a superuser: " +
                    $"ALTER ROLE {found.User} CREATEDB.");
            }

            if (!found.Exists)
            {
                await CreateAsync(connection, found.Registry, cancellationToken).ConfigureAwait(false);
            }

            return (found.Registry, found.User, found.Version);
        }
    }

    /// <summary>Refuses a server that is too old.</summary>
    internal static void CheckVersion(int version, string name, string origin)
    {
        if (version < MinVersion)
        {
            throw new TestDatabaseException(
                $"The server of {origin} is PostgreSQL {name}; test databases need version 13 or later.");
        }
    }

    private static async Task CreateAsync(
        NpgsqlConnection connection, string registry, CancellationToken cancellationToken)
    {
        using var create = new NpgsqlCommand($"create database {registry}", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error)
            when (error.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another run was faster.
        }
    }
}
