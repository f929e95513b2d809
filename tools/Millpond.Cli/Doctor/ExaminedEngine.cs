using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;

namespace Millpond.Cli.Doctor;

/// <summary>An engine with one connection to the examined database.</summary>
internal sealed class ExaminedEngine : IAsyncDisposable
{
    private static readonly DbSessionOptions Reading = new() { Access = SessionAccess.ReadOnly };

    private readonly ServiceProvider _services;

    private ExaminedEngine(ServiceProvider services, DbEngine engine) => (_services, Engine) = (services, engine);

    public DbEngine Engine { get; }

    /// <summary>Gets the driver's connection string. Npgsql only.</summary>
    public string DriverString { get; private set; } = "";

    public static ExaminedEngine Create(string connection, string? name)
    {
        ExaminedEngine? created = null;
        var driver = "";
        var services = new ServiceCollection().AddLogging().AddMillpond(name ?? "default", options =>
        {
            options.UseSqlite();
            options.UsePostgreSql(postgres => postgres.ConfigureDataSource(
                builder => driver = builder.ConnectionStringBuilder.ConnectionString));
            options.ConnectionString = connection;
            (options.PoolSize, options.MaxOverflow) = (1, 0);
        }).BuildServiceProvider();
        try
        {
            var engine = services.GetRequiredKeyedService<DbEngine>(name ?? "default");
            created = new ExaminedEngine(services, engine) { DriverString = driver };
            return created;
        }
        finally
        {
            if (created is null)
            {
                services.Dispose();
            }
        }
    }

    /// <summary>Runs a statement in a session of its own; returns its value.</summary>
    public Task<object?> ReadAsync(string sql, CancellationToken cancellationToken) => Engine.RunAsync(
        async (session, token) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(token);
        },
        Reading,
        cancellationToken);

    /// <summary>Checks whether a transaction can be rolled back to a savepoint.</summary>
    public async Task<Check> CheckSavepointsAsync(CancellationToken cancellationToken)
    {
        const string Name = "savepoints";
        try
        {
            await Engine.RunAsync(
                static async (session, token) =>
                {
                    await using var inner = await session.BeginTransactionAsync(token);
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "select 1";
                    await command.ExecuteScalarAsync(token);
                    await inner.RollbackAsync(token);
                },
                Reading,
                cancellationToken);
            return Check.Ok(Name, "BeginTransactionAsync inside a session works.");
        }
        catch (DbException error)
        {
            return Check.Problem(Name, $"A transaction cannot be rolled back in part: {error.Message}");
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
