using System.Data;
using Npgsql;

namespace Millpond.IntegrationTests.Texts;

/// <summary>PostgreSQL by the bare driver.</summary>
internal sealed class PostgreSqlTextServer(string connectionString) : ITextServer
{
    private const string Left =
        """
        select exists (select from pg_settings where source = 'session' and setting is distinct from reset_val)
            or exists (select from pg_prepared_statements where from_sql)
            or exists (select from pg_cursors where is_holdable)
            or exists (select from pg_listening_channels())
            or exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())
            or exists (select from pg_class where relnamespace = pg_my_temp_schema())
            or exists (select from pg_proc where pronamespace = pg_my_temp_schema())
        """;

    private NpgsqlConnection? _connection;
    private bool _warned;
    private int _runs;

    public async Task<TextVerdict> RunAsync(string text)
    {
        var connection = _connection ??= await OpenAsync();
        if (_runs++ % 500 == 0)
        {
            await ExecuteAsync(
                connection,
                """
                drop schema public cascade; create schema public; create table t (a int);
                create function f() returns trigger language plpgsql as $$ begin return new; end $$
                """);
        }

        var transaction = await ScalarAsync<string>(connection, "begin; select pg_current_xact_id()::text");
        _warned = false;
        var failed = false;
        try
        {
            await ExecuteAsync(connection, text);
        }
        catch (Exception error) when (error is NpgsqlException or NotSupportedException or InvalidOperationException)
        {
            failed = true;
        }

        var warned = _warned;
        if (failed)
        {
            if (connection.State != ConnectionState.Open)
            {
                await connection.DisposeAsync();
                connection = _connection = await OpenAsync();
            }

            await ExecuteAsync(connection, "rollback");
            var status = await ScalarAsync<string>(connection, $"select pg_xact_status('{transaction}')");
            await ExecuteAsync(connection, "discard all");
            return new TextVerdict(true, status == "committed", warned, false);
        }

        var now = await ScalarAsync<string>(connection, "select coalesce(pg_current_xact_id_if_assigned()::text, 'none')");
        await ExecuteAsync(connection, "commit");
        var leaves = await ScalarAsync<bool>(connection, Left);
        await ExecuteAsync(connection, "discard all");
        return new TextVerdict(false, now != transaction, warned, leaves);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string text)
    {
        await using var command = new NpgsqlCommand(text, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(connectionString);
        connection.Notice += (_, message) => _warned |= message.Notice.SqlState is "25001" or "25P01";
        await connection.OpenAsync();
        return connection;
    }
}
