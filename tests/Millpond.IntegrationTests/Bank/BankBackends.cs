namespace Millpond.IntegrationTests.Bank;

/// <summary>Finds the server processes that serve a bank's connections on PostgreSQL.</summary>
internal static class BankBackends
{
    public static async Task<IReadOnlyList<int>> ReadAsync(BankDatabase database)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            select pid from pg_stat_activity
            where datname = current_database() and application_name like 'millpond/bank/%' order by pid
            """;
        await using var reader = await command.ExecuteReaderAsync();
        List<int> found = [];
        while (await reader.ReadAsync())
        {
            found.Add(reader.GetInt32(0));
        }

        return found;
    }
}
