using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>Sends each scope to its tenant's engine, and makes that when it is first asked for.</summary>
public sealed class TenantRouter : EngineRouter, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-tenants-");
    private readonly ConcurrentDictionary<int, Lazy<DbEngine>> _engines = new();

    public override DbEngine Route(IServiceProvider services, string engineName) => _engines.GetOrAdd(
        services.GetRequiredService<Tenant>().Id,
        tenant => new Lazy<DbEngine>(() => Open(tenant))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _engines.Values)
        {
            await engine.Value.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private DbEngine Open(int tenant)
    {
        var file = Path.Combine(_folder.FullName, $"{tenant}.db");
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=false"))
        {
            connection.Open();
            using var create = connection.CreateCommand();
            create.CommandText = "create table notes (id integer primary key, text text not null)";
            create.ExecuteNonQuery();
        }

        return DbEngine.Create(options =>
        {
            options.UseSqlite($"sqlite:{file}");
            (options.PoolSize, options.MaxOverflow) = (1, 1);
        });
    }
}
