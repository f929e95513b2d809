using System.Collections;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Millpond.EntityFrameworkCore;

/// <summary>Finds driver settings in the options of Npgsql's EF Core provider. They belong to the engine.</summary>
/// <remarks>Uses the names of public properties, because this package references no driver. Enums and plug-ins are needed by
/// both EF Core's model and the driver.</remarks>
internal static class DriverSettings
{
    private const string Plugins = "Npgsql.EntityFrameworkCore.PostgreSQL.";

    private static readonly (string Property, string Name)[] Callbacks =
    [
        ("DataSourceBuilderAction", "ConfigureDataSource"),
        ("ProvidePasswordCallback", "ProvidePasswordCallback"),
        ("ProvideClientCertificatesCallback", "ProvideClientCertificatesCallback"),
        ("RemoteCertificateValidationCallback", "RemoteCertificateValidationCallback"),
    ];

    /// <summary>Gets whether EF's provider was given a data source.</summary>
    public static bool HasDataSource(RelationalOptionsExtension provider) => Read(provider, "DataSource") is not null;

    /// <exception cref="ContextOptionsException">The engine's driver lacks them.</exception>
    public static void ThrowIfUnknown(
        IDbContextOptions options, RelationalOptionsExtension provider, DbEngine engine, Type context)
    {
        foreach (var (property, name) in Callbacks)
        {
            if (Read(provider, property) is not null)
            {
                throw Refused(
                    context,
                    name,
                    $"has no effect, because engine '{engine.Name}' creates the connections. Move it",
                    "source => …");
            }
        }

        foreach (var mapped in Read(provider, "EnumDefinitions") as IEnumerable ?? Array.Empty<object>())
        {
            var name = string.Join('.', Read(mapped, "StoreTypeSchema"), Read(mapped, "StoreTypeName")).TrimStart('.');
            if (Read(mapped, "ClrType") is Type type && !engine.Source.MapsEnum(type, name))
            {
                throw Refused(
                    context,
                    $"MapEnum<{type.Name}>(\"{name}\")",
                    $"affects only EF Core's model; the data source of engine '{engine.Name}' does not have it. Add it",
                    $"source => source.MapEnum<{type.Name}>(\"{name}\")");
            }
        }

        if (!engine.Source.IsDriverConfigured && options.Extensions.Select(static one => one.GetType().Assembly.GetName().Name!)
            .FirstOrDefault(static name => name.StartsWith(Plugins, StringComparison.Ordinal)) is { } plugin)
        {
            var call = $"Use{plugin[Plugins.Length..]}()";
            throw Refused(
                context,
                call,
                $"affects only EF Core's model; the data source of engine '{engine.Name}' does not have it. Add it",
                $"source => source.{call}");
        }
    }

    private static object? Read(object from, string property) => from.GetType().GetProperty(property)?.GetValue(from);

    private static ContextOptionsException Refused(Type context, string what, string why, string how) => new(
        $"{what} in UseNpgsql of {context.Name} {why} where the database is configured: UsePostgreSql(o => " +
        $"o.ConfigureDataSource({how})).");
}
