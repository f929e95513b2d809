using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>A database for each tenant, found by the router.</summary>
public sealed class DatabaseTests(SqliteRequestDatabase database)
    : TenancyRules(database), IClassFixture<SqliteRequestDatabase>
{
    protected override Task PrepareAsync() => Task.CompletedTask;

    protected override void Choose(DbContextOptionsBuilder options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseSqlite();
    }

    protected override void Add(IServiceCollection services) => services.AddSingleton<EngineRouter, TenantRouter>();
}
