using System.Data;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlUnmanagedTests(PostgreSqlRequestDatabase database)
    : UnmanagedRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    [Fact]
    public async Task S24_Isolation_and_statement_timeout_apply_after_reads_before_UseMillpond()
    {
        var site = await StartAsync(Behind(ReadAsync, static app =>
            app.MapPost("/", static async (DbSession session) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText =
                    "select concat_ws(' ', current_setting('transaction_isolation'), current_setting('statement_timeout'))";
                return (string?)await command.ExecuteScalarAsync();
            }).WithSession(static options =>
            {
                options.Isolation = IsolationLevel.Serializable;
                options.StatementTimeout = TimeSpan.FromSeconds(7);
            })));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("serializable 7s", await answer.Content.ReadAsStringAsync(Token));
    }
}
