using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Millpond.Overload.Reports;

/// <summary>Describes the measured versions and the machine.</summary>
internal static class VersionText
{
    /// <param name="postgres">The version of the server.</param>
    /// <param name="others">Other versions.</param>
    public static string Of(Version postgres, params IEnumerable<string> others)
    {
        var today = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string[] parts =
        [
            $"{today}. {RuntimeInformation.FrameworkDescription}", $"Npgsql {Version(typeof(NpgsqlDataSource))}",
            $"EF Core {Version(typeof(DbContext))}", $"PostgreSQL {postgres}", .. others,
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores for all of it"),
        ];
        return string.Join(", ", parts) + ".";
    }

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}
