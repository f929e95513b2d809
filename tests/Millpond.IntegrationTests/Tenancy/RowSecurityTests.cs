using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>One table for all tenants: a setting of the transaction, and row-level security.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RowSecurityTests(PostgreSqlRequestDatabase database)
    : TenancyRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    protected override async Task PrepareAsync()
    {
        await Database.ExecuteAsync("drop table if exists notes");
        await Database.ExecuteAsync("create table notes (id serial primary key, text text not null, " +
            "tenant bigint not null default current_setting('app.tenant')::bigint)");
        await Database.ExecuteAsync("alter table notes enable row level security");
        await Database.ExecuteAsync("create policy tenant on notes using (tenant = current_setting('app.tenant')::bigint)");
        await Database.ExecuteAsync(
            "do $$ begin create role millpond_tenants; exception when duplicate_object then null; end $$");
        await Database.ExecuteAsync("grant select, insert, update on notes to millpond_tenants");
        await Database.ExecuteAsync("grant usage on sequence notes_id_seq to millpond_tenants");
    }

    protected override void Configure(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Session.OnBegin(static begin =>
        {
            begin.SetRole("millpond_tenants");   // the tests log in as a superuser, whom no policy holds
            begin.Set("app.tenant", begin.Services!.GetRequiredService<Tenant>().Id);
        });
    }
}
