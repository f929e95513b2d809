using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite.Configuration;

/// <summary>Reads ADO.NET connection strings key by key, so that every fault is reported, without values, which may be
/// passwords.</summary>
internal static class SqliteConnectionText
{
    /// <summary>Reads a connection string.</summary>
    /// <returns>Null if there are faults.</returns>
    public static SqliteConnectionStringBuilder? Read(string connectionString, ICollection<string> faults)
    {
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            faults.Add("The connection string is invalid: use key=value pairs separated by semicolons, or a URL.");
            return null;
        }

        var before = faults.Count;
        var builder = new SqliteConnectionStringBuilder();
        foreach (string key in parts.Keys)
        {
            if (!builder.ContainsKey(key))
            {
                faults.Add($"SQLite connection strings have no key '{key}'.");
                continue;
            }

            try
            {
                builder[key] = parts[key];
            }
            catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException)
            {
                faults.Add($"The SQLite connection string has an invalid value for '{key}'.");
            }
        }

        return faults.Count == before ? builder : null;
    }
}
