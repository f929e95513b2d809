using Millpond.PostgreSql.Statements;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Configuration;

/// <summary>The connection string of the pool: the user's, with the engine's settings and defaults.</summary>
internal static class PoolString
{
    // Overflow connections close soon after the demand ends. PoolSize is the pool's minimum.
    private const int IdleSeconds = 15;
    private const int PruneSeconds = 5;

    private const int KeepaliveSeconds = 30;

    // How much later than the server the driver gives up on a statement.
    private const int ServerFirstSeconds = 5;

    public static bool IsUnreadable(Exception error) =>
        error is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException;

    /// <summary>Finds settings that contradict the engine.</summary>
    public static void Check(NpgsqlConnectionStringBuilder wanted, ICollection<string> faults)
    {
        if (!wanted.Pooling)
        {
            faults.Add("Pooling=false is not supported; remove it, and set PoolSize and MaxOverflow in the engine's " +
                "options.");
        }

        if (wanted.Multiplexing)
        {
            faults.Add("Multiplexing=true is not supported, because a session needs its own connection; remove it.");
        }

        foreach (var key in (string[])["Maximum Pool Size", "Minimum Pool Size"])
        {
            if (wanted.ShouldSerialize(key))   // ContainsKey is true for every keyword of the driver
            {
                faults.Add($"'{key}' in the connection string is not supported; remove it, and set PoolSize and " +
                    $"MaxOverflow.");
            }
        }
    }

    public static NpgsqlConnectionStringBuilder For(SourceSettings settings, PoolerMode pooler)
    {
        var wanted = ForUnpooled(settings);
        wanted.CommandTimeout = ClientTimeout(settings.Defaults.StatementTimeout, wanted.CommandTimeout);
        if (pooler == PoolerMode.Transaction)
        {
            Default(wanted, "No Reset On Close", true);   // the reset would reach another client's connection
            return wanted;
        }

        if (pooler != PoolerMode.Session && Prelude.StartUp(settings.Defaults) is { } engineWide)
        {
            // After the user's own options, because the last value wins.
            wanted.Options = string.IsNullOrWhiteSpace(wanted.Options) ? engineWide : $"{wanted.Options} {engineWide}";
        }

        return wanted;
    }

    public static int ClientTimeout(TimeSpan? statementTimeout, int seconds) => statementTimeout is { } limit && seconds > 0
        ? Math.Max(seconds, (int)Math.Ceiling(limit.TotalSeconds) + ServerFirstSeconds)
        : seconds;

    /// <summary>Creates the connection string of connections outside the pool, without the engine's session settings.</summary>
    public static NpgsqlConnectionStringBuilder ForUnpooled(SourceSettings settings)
    {
        var wanted = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            // The gate is the limit, so the driver's own queue stays empty unless openings hang. One more for probes.
            MaxPoolSize = settings.PoolSize + settings.MaxOverflow + 1,
            MinPoolSize = settings.PoolSize,
            Enlist = false,
        };
        Default(wanted, "Connection Idle Lifetime", IdleSeconds);
        Default(wanted, "Connection Pruning Interval", Math.Min(PruneSeconds, wanted.ConnectionIdleLifetime));
        Default(wanted, "Timeout", (int)Math.Ceiling(settings.OpenTimeout.TotalSeconds));
        if (!HasUnixSocket(wanted))
        {
            Default(wanted, "Tcp Keepalive", true);   // detects a host that vanished
            Default(wanted, "Tcp Keepalive Time", KeepaliveSeconds);
            Default(wanted, "Tcp Keepalive Interval", KeepaliveSeconds / 3);
        }

        if (HostedSource.AreSeveral(wanted))
        {
            Default(wanted, "Target Session Attributes", "primary");
            Default(wanted, "Host Recheck Seconds", 1);   // how late a promotion is detected
        }

        Default(wanted, "Application Name", ApplicationName.For(settings.EngineName));
        return wanted;
    }

    public static string WithoutPassword(NpgsqlConnectionStringBuilder full)
    {
        var copy = new NpgsqlConnectionStringBuilder(full.ConnectionString);
        copy.Remove("Password");
        copy.Remove("SSL Password");
        return copy.ConnectionString;
    }

    /// <summary>Returns whether a host is the folder of a Unix socket, or an abstract one, as the driver decides it.</summary>
    private static bool HasUnixSocket(NpgsqlConnectionStringBuilder wanted) => wanted.Host?.Split(',')
        .Any(static host => Path.IsPathRooted(host.Trim()) || host.TrimStart().StartsWith('@')) == true;

    private static void Default(NpgsqlConnectionStringBuilder builder, string key, object value)
    {
        if (!builder.ShouldSerialize(key))
        {
            builder[key] = value;
        }
    }
}
