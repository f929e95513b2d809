namespace Millpond.IntegrationTests.Requests;

/// <summary>Runs plain text on a session.</summary>
internal static class SessionText
{
    public static async Task<int> RunAsync(this DbSession session, string sql, CancellationToken token = default)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync(token);
    }

    public static async Task<long> ScalarAsync(this DbSession session, string sql, CancellationToken token = default)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(token), System.Globalization.CultureInfo.InvariantCulture);
    }
}
