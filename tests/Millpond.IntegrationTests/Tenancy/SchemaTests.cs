using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>A schema for each tenant, found by the search path.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class SchemaTests(PostgreSqlRequestDatabase database)
    : TenancyRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    protected override Task PrepareAsync() => Database.ExecuteAsync(
        $"do $$ begin for i in 1..{Tenants} loop " +
        "execute format('create schema if not exists tenant_%s', i); " +
        "execute format('create table if not exists tenant_%s.notes (id serial primary key, text text not null)', i); " +
        "execute format('delete from tenant_%s.notes', i); end loop; end $$");

    protected override void Configure(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Session.OnBegin(static begin =>
            begin.SetSearchPath($"tenant_{begin.Services!.GetRequiredService<Tenant>().Id}"));
    }
}
