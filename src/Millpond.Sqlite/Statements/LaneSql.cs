using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Millpond.Sqlite.Statements;

/// <summary>Direct calls of SQLite. The driver would sleep and retry while the database is busy (G30). On a lane's
/// thread.</summary>
internal static class LaneSql
{
    /// <summary>Executes statements whose rows do not matter.</summary>
    /// <returns>The extended result code.</returns>
    public static int Execute(sqlite3 handle, string sql) =>
        raw.sqlite3_exec(handle, sql) == ResultCode.Ok ? ResultCode.Ok : raw.sqlite3_extended_errcode(handle);

    /// <summary>Reads the first column of the first row.</summary>
    /// <returns>The extended result code; the value is null if there is no row.</returns>
    public static int Read(sqlite3 handle, string sql, out string? value)
    {
        value = null;
        if (raw.sqlite3_prepare_v2(handle, sql, out var statement) != ResultCode.Ok)
        {
            return raw.sqlite3_extended_errcode(handle);
        }

        using (statement)
        {
            switch (raw.sqlite3_step(statement))
            {
                case ResultCode.Row:
                    value = raw.sqlite3_column_text(statement, 0).utf8_to_string();
                    return ResultCode.Ok;
                case ResultCode.Done:
                    return ResultCode.Ok;
                default:
                    return raw.sqlite3_extended_errcode(handle);
            }
        }
    }

    /// <summary>Throws SQLite's error unless the code is OK.</summary>
    public static void ThrowUnlessOk(sqlite3 handle, int code)
    {
        if (code != ResultCode.Ok)
        {
            throw Error(code, raw.sqlite3_errmsg(handle).utf8_to_string());
        }
    }

    /// <summary>Creates an error with the driver's wording.</summary>
    public static SqliteException Error(int code, string message) => new(
        string.Create(CultureInfo.InvariantCulture, $"SQLite Error {ResultCode.Primary(code)}: '{message}'."),
        ResultCode.Primary(code),
        code);

    /// <summary>Creates the error for a statement that exceeded its timeout.</summary>
    public static SqliteException TooLong(TimeSpan limit) => Error(
        ResultCode.Interrupt,
        string.Create(
            CultureInfo.InvariantCulture,
            $"interrupted: the statement exceeded its StatementTimeout of {limit.TotalSeconds:0.###} s"));

    /// <summary>Quotes a name.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // The driver's own methods run the statements after the first result in Dispose, which drops their errors.
    public static int ExecuteNonQuery(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        while (reader.NextResult())
        {
        }

        return reader.RecordsAffected;
    }

    public static object? ExecuteScalar(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var value = reader.Read() ? reader.GetValue(0) : null;
        while (reader.NextResult())
        {
        }

        return value;
    }
}
