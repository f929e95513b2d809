using System.Data.Common;
using Millpond;

namespace Native;

/// <summary>What the program does in the database, as plain ADO.NET.</summary>
internal static class ItemTable
{
    public static async Task CreateAsync(DbEngine engine)
    {
        var id = engine.GetSnapshot().Provider == "SQLite"
            ? "integer primary key"
            : "bigint generated always as identity primary key";
        await engine.RunAsync(async (session, token) =>
        {
            await using var command = Command(session, $"create table items (id {id}, name text not null unique)");
            await command.ExecuteNonQueryAsync(token);
        });
    }

    public static async Task<long> AddAsync(DbSession session, string name, CancellationToken token)
    {
        await using var command = Command(session, "insert into items (name) values (@name) returning id", ("name", name));
        return (long)(await command.ExecuteScalarAsync(token))!;
    }

    public static async Task<string?> FindAsync(DbSession session, long id, CancellationToken token)
    {
        await using var command = Command(session, "select name from items where id = @id", ("id", id));
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) ? reader.GetString(0) : null;
    }

    private static DbCommand Command(DbSession session, string sql, params (string Name, object Value)[] values)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
