using Millpond.Testing.Leases;
using Millpond.Testing.Servers;
using Npgsql;

namespace Millpond.Testing.Templates;

/// <summary>A template as a database on a server. It gets its name only when it is finished.</summary>
internal static class PostgresTemplate
{
    // Increased when templates are built differently.
    private const string KitVersion = "1";

    /// <summary>Finds the template on the server, or builds it.</summary>
    /// <returns>The name of its database.</returns>
    public static async Task<string> EnsureAsync(
        DatabaseTemplate template,
        ServerAddress address,
        AdminConnections admin,
        LeaseRegistry registry,
        CancellationToken cancellationToken)
    {
        var extensions = await admin.ReadAsync<string>(
            "select coalesce(string_agg(name || coalesce(default_version, ''), ',' order by name), '') " +
            "from pg_available_extensions",
            cancellationToken).ConfigureAwait(false);
        var name = "millpond_template_" + DatabaseTemplate.Hash(
            [KitVersion, template.Fingerprint, $"{admin.Version}", extensions, admin.User]);
        return await ExistsAsync(name, admin, cancellationToken).ConfigureAwait(false)
            ? await UseAsync(name, registry, cancellationToken).ConfigureAwait(false)
            : await registry.AloneAsync(
                name, () => BuildAsync(name, template, address, admin, registry, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
    }

    private static Task<bool> ExistsAsync(string name, AdminConnections admin, CancellationToken cancellationToken) =>
        admin.ReadAsync<bool>($"select exists(select from pg_database where datname = '{name}')", cancellationToken);

    private static async Task<string> UseAsync(string name, LeaseRegistry registry, CancellationToken cancellationToken)
    {
        await registry.AddAsync(name, LeaseRegistry.Template, cancellationToken).ConfigureAwait(false);
        return name;
    }

    private static async Task<string> BuildAsync(
        string name,
        DatabaseTemplate template,
        ServerAddress address,
        AdminConnections admin,
        LeaseRegistry registry,
        CancellationToken cancellationToken)
    {
        if (await ExistsAsync(name, admin, cancellationToken).ConfigureAwait(false))
        {
            return await UseAsync(name, registry, cancellationToken).ConfigureAwait(false);   // another run built it meanwhile
        }

        var draft = await registry.AddAsync(LeaseRegistry.Clone, cancellationToken).ConfigureAwait(false);
        try
        {
            await admin.ExecuteAsync($"create database {draft}", cancellationToken).ConfigureAwait(false);
            await FillAsync(template, address.For(draft), cancellationToken).ConfigureAwait(false);
            await admin.ExecuteAsync(
                $"alter database {draft} with is_template true allow_connections false", cancellationToken).ConfigureAwait(false);
            await admin.EndConnectionsAsync(draft, cancellationToken).ConfigureAwait(false);
            await registry.AddAsync(name, LeaseRegistry.Template, cancellationToken).ConfigureAwait(false);
            await admin.ExecuteAsync($"alter database {draft} rename to {name}", cancellationToken).ConfigureAwait(false);
            await registry.RemoveAsync(draft, cancellationToken).ConfigureAwait(false);
            return name;
        }
        catch
        {
            await admin.DropAsync(draft, CancellationToken.None).ConfigureAwait(false);
            await registry.RemoveAsync(draft, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task FillAsync(
        DatabaseTemplate template, NpgsqlConnectionStringBuilder address, CancellationToken cancellationToken)
    {
        var engine = DbEngine.Create(o => o.UsePostgreSql(address.ConnectionString));
        await using (engine.ConfigureAwait(false))
        {
            try
            {
                await template.BuildAsync(engine, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw new TestDatabaseException(
                    $"The template could not be built, so no test has a database. Correct it: {error.Message}", error);
            }
        }
    }
}
