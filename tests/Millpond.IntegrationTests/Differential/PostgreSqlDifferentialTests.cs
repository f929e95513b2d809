using System.Data.Common;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Differential;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDifferentialTests : DifferentialRules
{
    protected override string[] Values { get; } =
    [
        "null::int", "null::text", "0::smallint", "32767::smallint", "(-2147483648)::int", "9223372036854775807::bigint",
        "0.5::real", "1e300::double precision", "12345678901234567890.5::numeric", "1e100::numeric", "true", "'text'::text",
        "'c'::\"char\"", "''::varchar", "'\\x0001fe'::bytea", "'3F2504E0-4F89-11D3-9A0C-0305E82C3301'::uuid",
        "'2024-01-02'::date", "'2024-01-02 03:04:05.678'::timestamp", "'2024-01-02 03:04:05.678+02'::timestamptz",
        "'infinity'::timestamptz", "'03:04:05'::time", "'1 day 02:03:04'::interval", "'{\"a\": 1}'::jsonb",
        "'{1,2,3}'::int[]", "'[1,5)'::int4range", "row(1, 'a')",
    ];

    protected override Type[] Types { get; } =
    [
        typeof(bool), typeof(byte), typeof(short), typeof(int), typeof(long), typeof(float), typeof(double), typeof(decimal),
        typeof(char), typeof(string), typeof(byte[]), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly),
        typeof(TimeOnly), typeof(TimeSpan), typeof(object), typeof(DBNull), typeof(int?), typeof(DayOfWeek), typeof(Version),
        typeof(int[]),
    ];

    protected override string[] FourLong { get; } = ["'text'::text", "'\\x01020304'::bytea", "1234", "null::text"];

    protected override (string Name, object? Value)[] Refused { get; } =
    [
        ("no value", null), ("a version", new Version(1, 2)), ("an object", new object()),
        ("a local time with an offset", new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(2))),
        ("a text with a zero", "a\0b"),
    ];

    // The driver reports the commit of a failed transaction as a success.
    protected override bool IsMeant(string theirs, string ours) => (theirs, ours) is ("'committed'", "aborted");

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Theory]
    [InlineData("token")]
    [InlineData("Cancel")]
    [InlineData("neither")]
    public Task S07_A_command_that_is_cancelled_while_it_runs_ends_like_the_drivers(string by) =>
        CompareAsync((connection, note) => note(by, async () =>
        {
            using var end = new CancellationTokenSource();
            await using var command = connection.CreateCommand();
            (command.CommandText, command.CommandTimeout) = ("select pg_sleep(60)", by == "neither" ? 1 : 60);
            var running = command.ExecuteScalarAsync(end.Token);
            while (by != "neither" && !running.IsCompleted)   // one that comes before the command does nothing
            {
                if (by == "token")
                {
                    await end.CancelAsync();
                }
                else
                {
                    command.Cancel();
                }

                await Task.WhenAny(running, Task.Delay(20, Token));
            }

            return await running;
        }));

    protected override async Task<DbConnection> OpenDriversAsync()
    {
        var connection = new NpgsqlConnection(PostgresUrl.ToConnectionString(Database.Url));
        await connection.OpenAsync(Token);
        return connection;
    }
}
