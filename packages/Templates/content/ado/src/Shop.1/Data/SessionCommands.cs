using System.Data.Common;
using Millpond;

namespace Shop._1.Data;

/// <summary>Short forms of ADO.NET commands on a session's connection, in its transaction.</summary>
internal static class SessionCommands
{
    /// <summary>Returns how many rows the statement changed.</summary>
    public static async Task<int> ExecuteAsync(
        this DbSession session, string sql, CancellationToken ct, params (string Name, object Value)[] parameters)
    {
        await using var command = session.CreateCommand(sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Reads all rows.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        this DbSession session, string sql, Func<DbDataReader, T> read, CancellationToken ct,
        params (string Name, object Value)[] parameters)
    {
        await using var command = session.CreateCommand(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<T> rows = [];
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static DbCommand CreateCommand(this DbSession session, string sql, (string Name, object Value)[] parameters)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
