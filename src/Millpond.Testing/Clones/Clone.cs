using Millpond.Testing.Resets;
using Millpond.Testing.Sandboxes;
using Npgsql;
using NpgsqlConnection = Npgsql.NpgsqlConnection;

namespace Millpond.Testing.Clones;

/// <summary>A copy of the template with its engine and the connection that resets it, all open and used before.</summary>
internal sealed class Clone : OwnedDatabase, IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly CloneReset _reset;
    private readonly DatabaseShape _shape;
    private readonly Action<EngineOptions>? _configure;
    private SessionSandbox? _sandbox;

    private Clone(
        string name,
        string connectionString,
        DbEngine engine,
        NpgsqlConnection connection,
        PostgresWatch watch,
        DatabaseShape shape,
        Action<EngineOptions>? configure)
    {
        (_shape, _configure) = (shape, configure);
        (Name, ConnectionString, Engine, _connection, Watch) = (name, connectionString, engine, connection, watch);
        _reset = new CloneReset(connection, shape, watch.Template);
    }

    public override string Name { get; }

    public override string ConnectionString { get; }

    public override DbEngine Engine { get; }

    public override PostgresWatch Watch { get; }

    /// <summary>Gets whether the template has rows.</summary>
    public bool HasSeeds => _shape.Tables.Any(static table => table.Rows > 0);

    /// <summary>Gets or sets how many tests have had it.</summary>
    public int Uses { get; set; }

    /// <summary>Gets or sets why no other test may use it, or null.</summary>
    public string? Doubt { get; set; }

    /// <param name="name">Its name; the database exists.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="shape">What the template holds; null: nobody has read that yet.</param>
    /// <param name="configure">Configures the engine.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<(Clone Clone, DatabaseShape Shape)> OpenAsync(
        string name,
        NpgsqlConnectionStringBuilder address,
        DatabaseShape? shape,
        Action<EngineOptions>? configure,
        CancellationToken cancellationToken)
    {
        var connectionString = address.ConnectionString;
        var engine = DbEngine.Create(o =>
        {
            (o.PoolSize, o.MaxOverflow) = (1, 4);
            o.UsePostgreSql(connectionString, static postgres => postgres.Pooler = PoolerMode.None);
            configure?.Invoke(o);
        });
        var connection = CreateForResets(address, isSuperuser: shape?.IsSuperuser ?? false);
        var warmUp = engine.WarmUpAsync(cancellationToken);   // meanwhile: connecting takes longer than copying the template
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (shape is null)
            {
                shape = await DatabaseShape.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                if (shape.IsSuperuser)
                {
                    using var command = new NpgsqlCommand("set session_replication_role = replica", connection);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            var horizon = await PostgresWatch.HorizonAsync(connection, cancellationToken).ConfigureAwait(false);
            var rows = new PostgresSnapshot(horizon, [.. shape.Tables.Select(static table => table.Rows)]);
            await warmUp.ConfigureAwait(false);
            var watch = new PostgresWatch(connection, shape, rows);
            return (new Clone(name, connectionString, engine, connection, watch, shape, configure), shape);
        }
        catch
        {
            await warmUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await engine.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<SessionSandbox> BeginSandboxAsync(CancellationToken cancellationToken)
    {
        _sandbox ??= new SessionSandbox(new SandboxSource(Engine.Source, isReplaceable: true, _shape.UsesTime), _configure);
        await _sandbox.BeginAsync(cancellationToken).ConfigureAwait(false);
        return _sandbox;
    }

    public SandboxWatch WatchOf(SessionSandbox sandbox) => new(
        (work, token) => sandbox.UseAsync(work, token) ?? work(_connection, token), _shape);

    /// <summary>Puts it back to what the template holds.</summary>
    /// <returns>Why that is not possible; null: it equals the template.</returns>
    public async Task<string?> ResetAsync()
    {
        Uses++;
        var left = await LeftOpenAsync(_sandbox?.Engine ?? Engine).ConfigureAwait(false);
        if (_sandbox is not null)
        {
            await _sandbox.EndAsync().ConfigureAwait(false);
        }

        if (Doubt is not null)
        {
            return Doubt;
        }

        if ((left ?? await LeftOpenAsync(Engine).ConfigureAwait(false) ?? await AtRestAsync().ConfigureAwait(false)) is { } leak)
        {
            return leak;
        }

        return await _reset.RunAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Waits until no connection beside the engine is in a transaction.</summary>
    /// <returns>What is still open; null: nothing.</returns>
    public async Task<string?> AtRestAsync()
    {
        if (!IsShared)
        {
            return null;
        }

        // A user of the connection string may have an open transaction, which could commit during the next test.
        using var command = new NpgsqlCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() " +
            "and backend_type = 'client backend' and state <> 'idle'", _connection);
        for (var waited = 0; await command.ExecuteScalarAsync().ConfigureAwait(false) is long and > 0; waited++)
        {
            if (waited == 200)
            {
                return "the test left a connection of its own open inside a transaction";
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>From now on each reset restores the rows of the template, whatever becomes of them. No other test gets the
    /// clone.</summary>
    public async Task KeepSeedsAsync(CancellationToken cancellationToken)
    {
        if (HasSeeds)
        {
            _reset.Seeds ??= await SeedRows.ReadAsync(_connection, _shape, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what it holds, for a sweep.</summary>
    public Task<string> ReadStateAsync(CancellationToken cancellationToken) =>
        DatabaseContent.ReadAsync(_connection, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync().ConfigureAwait(false);
        }

        await Engine.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlConnection CreateForResets(NpgsqlConnectionStringBuilder address, bool isSuperuser)
    {
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.Pooling = false;
        settings.ApplicationName = "Millpond.Testing reset";
        settings.MaxAutoPrepare = 100;
        settings.AutoPrepareMinUsages = 2;
        settings.Options = "-c lock_timeout=2000" + (isSuperuser ? " -c session_replication_role=replica" : "");
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));   // it reads numbers and text only
        return builder.Build().CreateConnection();   // without a pool, the source has nothing to dispose
    }

    /// <summary>Says what the test left open; a session that only read may take a moment to end.</summary>
    private static async Task<string?> LeftOpenAsync(DbEngine engine)
    {
        for (var waited = 0; engine.GetSnapshot() is { InUse: > 0 } now; waited++)
        {
            if (waited == 200)
            {
                return $"the test left {now.InUse} sessions open: " +
                    string.Join("; ", now.Holders.Select(static one => one.Operation));
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        return null;
    }
}
