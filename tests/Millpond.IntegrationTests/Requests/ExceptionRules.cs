using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>
/// Every exception of Millpond's own as a request meets it: its message, code and properties, and what the client is told.
/// </summary>
public abstract class ExceptionRules(RequestDatabase database) : RequestTestBase(database)
{
    private const int Busy = 503;
    private const int Broken = 500;

    private readonly ConcurrentQueue<Exception> _errors = new();

    /// <summary>Gets a query that takes a minute or more.</summary>
    protected abstract string Endless { get; }

    [Fact]
    public async Task A_pools_timeout()
    {
        var release = new TaskCompletionSource();
        var site = await StartAsync(
            app =>
            {
                app.MapPost("/hold", async (DbSession session) =>
                {
                    await session.RunAsync(GoodInsert);
                    await release.Task;
                });
                app.MapPost("/", (DbSession session) => session.RunAsync(GoodInsert));
            },
            static options => (options.PoolSize, options.PoolTimeout) = (1, TimeSpan.FromSeconds(1)));
        var holding = site.Client.PostAsync("/hold", null, Token);
        await UntilAsync(() => site.Engine.GetSnapshot().Holders.Count == 1, "the connection was taken");   // and open

        var error = await MeetAsync<PoolTimeoutException>(
            site, Busy, "MILL1001", "^No (connection|write permit) became free in pool ");

        Assert.Equal((1.0, 1, 1, true), (error.WaitLimit.TotalSeconds, error.Pool.InUse, error.Pool.Waiting, error.IsTransient));
        Assert.Contains("POST /hold held 1 of them for ", error.Message, StringComparison.Ordinal);
        release.SetResult();
        await holding;
    }

    [Fact]
    public async Task A_session_refused_at_the_shutdown()
    {
        var site = await StartAsync(app => app.MapPost("/", (DbSession session) => session.RunAsync(GoodInsert)));
        await site.Engine.DrainAsync(TimeSpan.Zero, Token);

        var error = await MeetAsync<SessionRejectedException>(site, Busy, "MILL1002", "shut");

        Assert.Equal(("default", false), (error.EngineName, error.Pool.HasValue));
        Assert.False(error.IsTransient);   // it does not come back
    }

    [Fact]
    public async Task A_session_whose_error_was_swallowed()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            try
            {
                await session.UseProviderConnectionAsync<System.Data.Common.DbConnection>(
                    static (_, _) => throw new TimeoutException("swallowed"));
            }
            catch (TimeoutException)
            {
            }
        }));

        var error = await MeetAsync<SessionAbortedException>(
            site,
            Broken,
            "MILL3001",
            @"^The session of POST / was not committed: a statement in it failed earlier \(swallowed\),");

        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task A_session_used_after_its_end()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.DisposeAsync();
            await session.RunAsync(GoodInsert);
        }));

        var error = await MeetAsync<SessionEndedException>(
            site, Broken, "MILL3002", "^The session of POST / has ended: it was disposed at ");

        Assert.Equal(("POST /", "it was disposed"), (error.Operation, error.Reason));
        Assert.InRange(error.EndedAt, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_session_used_twice_at_once()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select 1 as open";
            await using var reader = await command.ExecuteReaderAsync();
            await session.CommitAsync();
        }));

        var error = await MeetAsync<SessionConcurrencyException>(site, Broken, "MILL3003", "select 1 as open");

        Assert.Equal(("select 1 as open", "COMMIT", null), (error.RunningCommand, error.RefusedCommand, error.RunningStackTrace));
    }

    [Fact]
    public async Task A_synchronous_call()
    {
        var site = await StartAsync(app => app.MapPost(
            "/", static (DbSession session) => session.Connection.CreateCommand().ExecuteScalar()));

        var error = await MeetAsync<SynchronousCallException>(
            site, Broken, "MILL3004", @"^DbCommand\.ExecuteScalar would block a thread");

        Assert.Equal("DbCommand.ExecuteScalar", error.Member);
    }

    [Fact]
    public async Task A_session_inside_another()
    {
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, DbEngine engine) =>
            {
                await session.RunAsync(GoodInsert);
                await engine.RunAsync((inner, token) => inner.RunAsync(GoodInsert, token));
            }),
            static options => (options.PoolSize, options.PoolTimeout) = (1, TimeSpan.FromMinutes(5)));

        var error = await MeetAsync<NestedSessionException>(site, Busy, "MILL3008", "inside session [0-9]+ of POST /");

        Assert.Equal(("default", "POST /", true), (error.PoolName, error.Outer.Operation, error.IsTransient));
    }

    [Fact]
    public async Task S15_A_write_in_a_read_only_session_names_the_endpoint()
    {
        var site = await StartAsync(app => app.MapPost("/users/{id}", (DbSession session) => session.RunAsync(GoodInsert))
            .WithSession(static options => options.Access = SessionAccess.ReadOnly));

        var error = await MeetAsync<ReadOnlySessionException>(
            site, Broken, "MILL3009", @"^The session of POST /users/\{id\} is read-only, and ", "/users/7");

        Assert.Equal(("POST /users/{id}", false), (error.Operation, error.IsTransient));
        Assert.Equal(error.SqlState, Assert.IsAssignableFrom<System.Data.Common.DbException>(error.InnerException).SqlState);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task G02_A_request_that_takes_longer_than_its_sessions_time()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session, CancellationToken token) =>
        {
            await session.RunAsync(GoodInsert, token);
            await session.ScalarAsync(Endless, token);
        }).WithMetadata(new SessionAttribute { TimeoutSeconds = 0.3 }));

        var error = await MeetAsync<SessionTimeoutException>(
            site, Busy, "MILL3010", @"^The session of POST / exceeded its Timeout of 0\.3 s\. ");

        Assert.Equal(("POST /", 0.3, true), (error.Operation, error.Limit.TotalSeconds, error.IsTransient));
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task G02_A_swallowed_session_timeout_is_reported_by_the_commit()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session, CancellationToken token) =>
        {
            await session.RunAsync(GoodInsert, token);
            await Assert.ThrowsAsync<SessionTimeoutException>(() => session.ScalarAsync(Endless, token));
        }).WithSession(static options => options.Timeout = TimeSpan.FromMilliseconds(300)));

        await MeetAsync<SessionTimeoutException>(site, Busy, "MILL3010", "^The session of POST / ");
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task An_invalid_option_is_reported_at_the_first_request_with_its_endpoint()
    {
        var site = await StartAsync(app => app.MapPost("/", (DbSession session) => session.RunAsync(GoodInsert))
            .WithSession(static options => (options.Retries, options.Timeout) = (101, TimeSpan.Zero)));

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/", null, Token)).StatusCode);
        Assert.True(_errors.TryDequeue(out var error));
        Assert.Equal(
            "HTTP: POST /: The session options are invalid: Retries is 101; use 0 to 100. Timeout is 00:00:00; use more than " +
            "zero and at most 1.00:00:00 (hours:minutes:seconds). (Parameter 'options')",
            Assert.IsType<InvalidOperationException>(error).Message);
    }

    [Fact]
    public async Task S16_In_autocommit_a_status_of_400_undoes_nothing_and_is_not_logged()
    {
        var site = await StartAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            return Results.Conflict();
        }).WithMetadata(new SessionAttribute { Mode = SessionMode.Autocommit }));

        Assert.Equal(HttpStatusCode.Conflict, (await site.Client.PostAsync("/", null, Token)).StatusCode);
        Assert.Equal(1, await CountAsync("users"));
        Assert.DoesNotContain(
            site.Log.Of(Microsoft.Extensions.Logging.LogLevel.Information),
            static line => line.Contains("rolled back", StringComparison.Ordinal));
    }

    /// <summary>Makes a request fail.</summary>
    /// <returns>The error as it left the session's middleware.</returns>
    protected async Task<T> MeetAsync<T>(
        TestSite site, int status, string code, string message, string path = "/", HttpMethod? method = null)
        where T : MillpondException
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path);
        var answer = await site.Client.SendAsync(request, Token);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal((status, code), ((int)answer.StatusCode, (string?)problem["code"]));
        Assert.Equal(status == Busy, answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.True(_errors.TryDequeue(out var met));
        var error = Assert.IsType<T>(met);
        Assert.Matches(new Regex(message), error.Message);
        Assert.EndsWith($"[{code}]", error.Message, StringComparison.Ordinal);
        Assert.Equal(code, error.Code);
        return error;
    }

    protected new Task<TestSite> StartAsync(Action<WebApplication> map, Action<EngineOptions>? engine = null) =>
        StartAsync(new SitePlan
        {
            Services = static services => services.AddMillpondProblemDetails(),
            Outside = app =>
            {
                app.UseExceptionHandler();
                app.Use(async (context, next) =>
                {
                    try
                    {
                        await next(context);
                    }
                    catch (Exception error)
                    {
                        _errors.Enqueue(error);
                        throw;
                    }
                });
            },
            Map = map,
            Engine = engine,
        });
}
