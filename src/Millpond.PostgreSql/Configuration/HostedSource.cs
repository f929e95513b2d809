using Npgsql;

namespace Millpond.PostgreSql.Configuration;

/// <summary>Creates the driver's data source for one host, or for several of which one is the primary (G13).</summary>
/// <remarks>The driver checks a host's role only in a source of several hosts, which may have one.</remarks>
internal static class HostedSource
{
    public static NpgsqlDataSource Build(NpgsqlDataSourceBuilder builder, out NpgsqlMultiHostDataSource? hosts)
    {
        var wanted = builder.ConnectionStringBuilder;
        var target = Enum.Parse<TargetSessionAttributes>(
            (wanted.TargetSessionAttributes ?? "any").Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
        if (!AreSeveral(wanted) && target == TargetSessionAttributes.Any)
        {
            hosts = null;
            return builder.Build();
        }

        wanted.TargetSessionAttributes = null;
        hosts = builder.BuildMultiHost();
        return hosts.WithTargetSession(target);
    }

    public static bool AreSeveral(NpgsqlConnectionStringBuilder wanted) =>
        wanted.Host?.Contains(',', StringComparison.Ordinal) == true;
}
