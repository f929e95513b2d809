using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlStreamingTests(PostgreSqlRequestDatabase database)
    : StreamingRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    private const string EndAll =
        "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where datname = current_database() and " +
        "backend_type = 'client backend' and pid <> pg_backend_pid()";

    [Fact]
    public async Task S09_A_connection_that_dies_during_a_stream_aborts_only_that_response()
    {
        var site = await StartAsync(static app =>
        {
            app.MapGet("/", (DbSession session, CancellationToken token) => MillionsAsync(session, token));
            app.MapGet("/count", (DbSession session) => session.ScalarAsync(Streams.Count));
        });

        using var answer = await site.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[1_000], Token);   // it is under way
        await Database.ScalarAsync(EndAll);

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
        Assert.Equal("0", await site.Client.GetStringAsync("/count", Token));
        await NothingHeldAsync(site.Engine);
    }

    [Theory]
    [InlineData("set local search_path = pg_catalog", true)]
    [InlineData("/* mine */ SET\n LOCAL role pg_read_all_data", true)]
    [InlineData("select set_config('app.tenant', '7', true)", true)]
    [InlineData("select set_config('app.tenant', '7', false)", true)]
    [InlineData("set search_path = public", true)]
    [InlineData("create temporary table mine (id integer) on commit drop", true)]
    [InlineData("use the driver's connection", true)]
    [InlineData("update users set name = 'local' where name = 'set_configured'", false)]
    [InlineData("set transaction isolation level serializable", false)]
    public async Task S09_Reading_after_the_commit_is_rejected_if_the_session_had_set_state(string statement, bool isRefused)
    {
        Exception? refusal = null;
        var site = await StartAsync(app => app.MapPost("/late", async (HttpContext context, DbSession session) =>
        {
            if (statement.StartsWith("use", StringComparison.Ordinal))
            {
                await session.UseProviderConnectionAsync<Npgsql.NpgsqlConnection>(static (_, _) => Task.CompletedTask, Token);
            }
            else
            {
                await session.RunAsync(statement, Token);
            }

            await context.Response.StartAsync();
            refusal = await Record.ExceptionAsync(() => session.ScalarAsync(Streams.Count, Token));
        }));

        await site.Client.PostAsync("/late", null, Token);

        Assert.Equal(isRefused, refusal is SessionEndedException);
        if (isRefused)
        {
            Assert.Matches(
                "^The session of POST /late cannot read after its commit point, because the effect of '.*' ended there: the " +
                "response began at .* Read before the response begins, or set it in OnBegin",
                refusal!.Message);
        }
    }

    [Fact]
    public async Task S09_Transaction_settings_apply_while_rows_are_streamed()
    {
        var site = await StartAsync(static app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync("select set_config('app.tenant', '7', true)", Token);
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select current_setting('app.tenant') from generate_series(1, 3)";
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
            {
                await context.Response.WriteAsync(reader.GetString(0), Token);
                await context.Response.Body.FlushAsync(Token);
            }
        }));

        Assert.Equal("777", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
    }

    private static async IAsyncEnumerable<int> MillionsAsync(
        DbSession session, [EnumeratorCancellation] CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select generate_series(1, 20000000)";
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            yield return reader.GetInt32(0);
        }
    }
}
