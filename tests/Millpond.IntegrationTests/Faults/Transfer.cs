namespace Millpond.IntegrationTests.Faults;

/// <summary>Some money from the first account to the second: four commands that belong together.</summary>
public sealed record Transfer(Guid Id)
{
    public static Transfer New() => new(Guid.NewGuid());

    public async Task MakeAsync(DbSession session, CancellationToken token)
    {
        await ExecuteAsync(session, "select balance from accounts order by id for update", token);
        await ExecuteAsync(session, "update accounts set balance = balance - 3 where id = 1", token);
        await ExecuteAsync(session, "update accounts set balance = balance + 3 where id = 2", token);
        await ExecuteAsync(session, $"insert into transfers values ('{Id}', 3)", token);
    }

    public static async Task ExecuteAsync(DbSession session, string sql, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(token);
    }
}
