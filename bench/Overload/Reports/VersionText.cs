using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using Millpond.Overload.Database;
using Npgsql;

namespace Millpond.Overload.Reports;

/// <summary>What was measured, on what.</summary>
internal static class VersionText
{
    public static string Of(BenchDatabase database, string? python)
    {
        var today = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string[] parts =
        [
            $"{today}. {RuntimeInformation.FrameworkDescription}", $"Npgsql {Version(typeof(NpgsqlDataSource))}",
            $"EF Core {Version(typeof(DbContext))}", $"PostgreSQL {database.Version}", python ?? "no FastAPI",
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores for all of it"),
        ];
        return string.Join(", ", parts) + ".";
    }

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}
