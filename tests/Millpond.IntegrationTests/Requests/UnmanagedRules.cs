using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Sessions that nobody commits: before <c>UseMillpond</c>, beside it, and in scopes of one's own.</summary>
public abstract class UnmanagedRules(RequestDatabase database) : RequestTestBase(database)
{
    private const string Returning = "insert into users (name) values ('ada') returning id";

    [Fact]
    public async Task S24_A_write_in_a_short_circuited_endpoint_is_an_error_that_names_the_request()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddHttpContextAccessor(),
            Map = static app => app.MapPost("/users", async (DbSession session) =>
                TypedResults.Created($"/users/{await session.ScalarAsync(Returning)}")).ShortCircuit(),
        });

        var answer = await site.Client.PostAsync("/users", null, Token);

        Assert.Equal((HttpStatusCode.InternalServerError, 0), (answer.StatusCode, await CountAsync("users")));
        Assert.Contains(
            site.Log.Of(LogLevel.Error),
            static line => line.Contains("The session of POST /users is read-only", default)
                && line.Contains("[MILL3009]", default));
    }

    [Fact]
    public async Task S24_A_short_circuited_endpoint_can_read()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(static app => app.MapGet(
            "/users", static (DbSession session) => session.ScalarAsync("select count(*) from users")).ShortCircuit());

        Assert.Equal("1", await site.Client.GetStringAsync("/users", Token));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S24_A_write_in_a_child_scope_is_an_error_that_names_the_enclosing_request()
    {
        var site = await StartAsync(static app => app.MapPost("/users", async (IServiceScopeFactory scopes) =>
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<DbSession>().ScalarAsync(Returning);
        }));

        var answer = await site.Client.PostAsync("/users", null, Token);

        Assert.Equal((HttpStatusCode.InternalServerError, 0), (answer.StatusCode, await CountAsync("users")));
        Assert.StartsWith(
            "The session of a service scope in POST /users is read-only",
            Assert.IsType<ReadOnlySessionException>(Assert.Single(site.Errors)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task S24_A_write_in_an_endpoint_without_a_session_is_an_error_with_the_reason()
    {
        var site = await StartAsync(static app =>
            app.MapPost("/users", static (DbSession session) => session.RunAsync(GoodInsert)).WithoutSession());

        await site.Client.PostAsync("/users", null, Token);

        Assert.StartsWith(
            "The session of POST /users is read-only, because the endpoint is marked WithoutSession",
            Assert.IsType<ReadOnlySessionException>(Assert.Single(site.Errors)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S24_A_write_before_UseMillpond_is_an_error()
    {
        var site = await StartAsync(Behind(
            static async session => await session.RunAsync(GoodInsert), static app => app.MapPost("/users", static () => { })));

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/users", null, Token)).StatusCode);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S24_The_endpoints_settings_apply_after_reads_before_UseMillpond()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(Behind(ReadAsync, static app =>
        {
            app.MapPost("/write", static (DbSession session) => session.RunAsync(GoodInsert));
            app.MapPost("/read", static (DbSession session) => session.RunAsync(GoodInsert))
                .WithSession(static options => options.Access = SessionAccess.ReadOnly);
        }));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/write", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/read", null, Token)).StatusCode);

        Assert.Equal(2, await CountAsync("users"));
        Assert.StartsWith(
            "The session of POST /read is read-only",
            site.Errors.OfType<ReadOnlySessionException>().Single().Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task S24_A_connection_taken_before_UseMillpond_continues_in_the_endpoints_transaction()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddScoped<DbConnection>(
                static provider => provider.GetRequiredService<DbSession>().Connection),
            Before = static app => app.Use(static async (context, next) =>
            {
                await using var command = context.RequestServices.GetRequiredService<DbConnection>().CreateCommand();
                command.CommandText = "select count(*) from users";
                await command.ExecuteScalarAsync(Token);
                await next();
            }),
            Map = static app => app.MapPost("/{fail:bool}", static async (bool fail, DbConnection connection) =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = GoodInsert;
                await command.ExecuteNonQueryAsync(Token);
                return fail ? Results.Conflict() : Results.NoContent();
            }),
        });

        Assert.Equal(HttpStatusCode.NoContent, (await site.Client.PostAsync("/false", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await site.Client.PostAsync("/true", null, Token)).StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S24_A_failed_or_unfinished_read_before_UseMillpond_does_not_affect_the_endpoint()
    {
        var site = await StartAsync(Behind(
            static async session =>
            {
                try
                {
                    await session.RunAsync("select * from nowhere");
                }
                catch (DbException)
                {
                    // As an optional look-up does.
                }
            },
            static app => app.MapPost("/users", static (DbSession session) => session.RunAsync(GoodInsert))));
        var unfinished = await StartAsync(Behind(
            static async session =>
            {
                var command = session.Connection.CreateCommand();
                command.CommandText = "select 1 union all select 2";
                var reader = await command.ExecuteReaderAsync(Token);
                await reader.ReadAsync(Token);   // and leaves it open
            },
            static app => app.MapPost("/users", static (DbSession session) => session.RunAsync(GoodInsert))));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/users", null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await unfinished.Client.PostAsync("/users", null, Token)).StatusCode);
        Assert.Equal(2, await CountAsync("users"));
    }

    /// <summary>Reads as an authentication handler does.</summary>
    private protected static async Task ReadAsync(DbSession session) => await session.ScalarAsync("select count(*) from users");

    /// <summary>Plans a site where something uses the session in front of <c>UseMillpond</c>.</summary>
    private protected static SitePlan Behind(Func<DbSession, Task> before, Action<WebApplication> map) => new()
    {
        Before = app => app.Use(async (context, next) =>
        {
            await before(context.RequestServices.GetRequiredService<DbSession>());
            await next();
        }),
        Map = map,
    };
}
