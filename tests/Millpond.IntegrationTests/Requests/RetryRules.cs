using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Requests that are tried again after a conflict, and those that are not (S17).</summary>
public abstract class RetryRules(RequestDatabase database) : RetryTestBase(database)
{
    [Fact]
    public async Task S17_A_request_with_a_conflict_is_retried_and_its_client_sees_one_success()
    {
        List<string> hooks = [];
        var site = await StartRetryingAsync(app => app.MapPost("/{id}", async (int id, DbSession session) =>
        {
            var name = $"try {Tries + 1} of {id}";
            session.AfterCommit(_ => Note($"{name} committed"));
            session.AfterRollback((_, _) => Note($"{name} rolled back"));
            await WriteAsync(session);
            return Results.Text(name);

            Task Note(string what)
            {
                hooks.Add(what);
                return Task.CompletedTask;
            }
        }));

        var answer = await site.Client.PostAsync("/7", null, Token);

        Assert.Equal((HttpStatusCode.OK, "try 2 of 7"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal(["try 1 of 7 rolled back", "try 2 of 7 committed"], hooks);
        Assert.Equal(1, await CountAsync("users"));
        var numbers = site.Engine.GetSnapshot();
        Assert.Equal((1, 1, 1), (numbers.Retries, numbers.Commits, numbers.Rollbacks));
        Assert.Empty(site.Errors);
    }

    [Theory]
    [InlineData("at the end")]
    [InlineData("out of a write")]
    [InlineData("swallowed")]
    public async Task S17_A_conflict_at_the_commit_is_retried(string where)
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            var first = CountTry() == 1;
            session.BeforeCommit(_ => first ? ConflictAsync(session) : Task.CompletedTask);
            if (where == "out of a write")
            {
                await context.Response.WriteAsync($"try {Tries}");
            }
            else if (where == "swallowed")
            {
                await Record.ExceptionAsync(() => context.Response.WriteAsync($"try {Tries}", Token));
            }
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, Tries));
        Assert.Equal(where == "at the end" ? "" : "try 2", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S17_Nothing_of_a_failed_attempt_is_visible_to_the_next_or_to_the_client()
    {
        List<string> seen = [];
        var site = await StartRetryingAsync(
            app =>
            {
                app.Use(async (context, next) =>
                {
                    context.Response.Headers["X-Inside"] = "yes";
                    await next();
                });
                app.MapPost("/", async (HttpContext context, DbSession session) =>
                {
                    var (request, response) = (context.Request, context.Response);
                    seen.Add(string.Join(
                        ' ',
                        response.StatusCode,
                        string.Join(',', response.Headers.Keys),
                        string.Join(',', context.Items.Keys),
                        request.Headers["X-Mine"],
                        request.Path,
                        context.User.Identity?.Name,
                        context.Features.Get<Tab>() is null));
                    context.Features.Set(new Tab());
                    if (Tries == 0)
                    {
                        response.StatusCode = 207;
                        response.Headers["X-Failed"] = "yes";
                        response.Headers["X-Outside"] = "changed";
                        response.Cookies.Append("failed", "yes");
                        response.OnStarting(() =>
                        {
                            response.Headers["X-Late"] = "yes";
                            return Task.CompletedTask;
                        });
                        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = "Failed";
                        context.Items["failed"] = context.Items["outside"] = "yes";
                        context.User = new(new ClaimsIdentity([new("name", "eve")], "test", "name", "role"));
                        request.Headers["X-Mine"] = "changed";
                        request.Path = "/changed";
                        "failed"u8.CopyTo(response.BodyWriter.GetSpan(6));
                        response.BodyWriter.Advance(6);
                    }

                    await WriteAsync(session);
                });
            },
            outside: static app => app.Use(async (context, next) =>
            {
                context.Response.Headers["X-Outside"] = "yes";
                context.Items["outside"] = 1;
                await next();
            }));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { { "X-Mine", "1" } } };

        var answer = await site.Client.SendAsync(request, Token);

        Assert.Equal((HttpStatusCode.OK, "OK"), (answer.StatusCode, answer.ReasonPhrase));
        Assert.Equal(["200 X-Outside,X-Inside outside 1 /  True", "200 X-Outside,X-Inside outside 1 /  True"], seen);
        Assert.Equal(
            ["X-Inside: yes", "X-Outside: yes"],
            answer.Headers.Where(static one => one.Key is not ("Date" or "Server"))
                .Select(static one => $"{one.Key}: {string.Join(',', one.Value)}").Order());
    }

    [Fact]
    public async Task S17_Each_attempt_has_its_own_scoped_services_which_are_disposed_after_the_response()
    {
        List<Tab> tabs = [];
        var site = await StartRetryingAsync(
            app => app.MapPost("/", async (HttpContext context, DbSession session, Tab tab) =>
            {
                Assert.Same(tab, context.RequestServices.GetRequiredService<Tab>());
                tab.Response = context.Response;
                tab.Lines++;
                tabs.Add(tab);
                await WriteAsync(session);
                return Results.Text("all is well");
            }),
            static services => services.AddScoped<Tab>());

        Assert.Equal("all is well", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));

        await UntilAsync(() => tabs.TrueForAll(static tab => tab.Ended is not null), "the scopes were disposed");
        Assert.Equal([(1, true), (1, true)], tabs.Select(static tab => (tab.Lines, tab.Ended == "after the response")));
    }

    [Fact]
    public async Task S17_A_conflict_in_every_attempt_is_503_with_Retry_After()
    {
        var site = await StartRetryingAsync(
            app => app.MapPost("/", async (DbSession session) =>
            {
                CountTry();
                await session.RunAsync(GoodInsert);
                await ConflictAsync(session);
            }),
            static services => services.AddMillpondProblemDetails(),
            static app => app.UseExceptionHandler());

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, 1.0, Retries + 1),
            (answer.StatusCode, answer.Headers.RetryAfter?.Delta?.TotalSeconds, Tries));
        Assert.Contains("MILL3005", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal((Retries, 0L), (site.Engine.GetSnapshot().Retries, await CountAsync("users")));
        AssertNotRetried(site, $"it was tried {Retries + 1} times");
        Assert.Contains(site.Log.Of(LogLevel.Information), static line =>
            line.Contains("POST / conflicted with another transaction in each of 3 attempts", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("an effect elsewhere", "it had an effect outside the database (charged the card)")]
    [InlineData("a commit by hand", "it had committed before it failed")]
    [InlineData("a response that has started", "its response had started")]
    public async Task S17_A_request_is_not_retried_after(string what, string why)
    {
        IHttpResponseBodyFeature? server = null;
        var site = await StartRetryingAsync(
            app => app.MapPost("/", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                if (what == "an effect elsewhere")
                {
                    session.MarkExternalEffect("charged the card");
                }
                else if (what == "a commit by hand")
                {
                    await session.CommitAsync();
                }
                else
                {
                    await server!.Writer.WriteAsync("begun"u8.ToArray());   // past the session, by who has the server's own body
                }

                CountTry();
                await ConflictAsync(session);
            }),
            outside: app => app.Use(async (context, next) =>
            {
                server = context.Features.Get<IHttpResponseBodyFeature>();
                await next();
            }));

        var answer = await Record.ExceptionAsync(
            async () => (await site.Client.PostAsync("/", null, Token)).EnsureSuccessStatusCode());

        Assert.IsType<HttpRequestException>(answer);
        Assert.Equal((1, 0L), (Tries, site.Engine.GetSnapshot().Retries));
        AssertNotRetried(site, why);
        Assert.Equal(what == "a commit by hand" ? 1 : 0, await CountAsync("users"));
    }

    [Fact]
    public async Task S17_A_response_that_a_handler_made_of_the_conflict_is_sent()
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", WriteAsync).AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (System.Data.Common.DbException)
            {
                return Results.Conflict("try later");
            }
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("\"try later\"", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((1, 0L), (Tries, await CountAsync("users")));
    }

    [Fact]
    public async Task S17_Endpoint_filters_run_again_and_may_respond_themselves()
    {
        List<string> runs = [];
        var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            runs.Add("handler");
            await WriteAsync(session);
        }).AddEndpointFilter(async (context, next) =>
        {
            runs.Add("filter");
            return Tries == 1 ? Results.Text("known already") : await next(context);
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("known already", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(["filter", "handler", "filter"], runs);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S17_A_disconnect_during_the_pause_ends_it()
    {
        var time = new FakeTimeProvider();   // whose pauses never end
        Exception? told = null;
        var (status, ended) = (0, false);
        var site = await StartAsync(new SitePlan
        {
            Engine = options => (options.TimeProvider, options.Session.Retries) = (time, Retries),
            Outside = app => app.Use(async (context, next) =>
            {
                told = await Record.ExceptionAsync(() => next());
                (status, ended) = (context.Response.StatusCode, true);
            }),
            Map = app => app.MapPost("/", WriteAsync),
        });
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await UntilAsync(() => site.Engine.GetSnapshot().Retries == 1, "the pause began");
        Assert.False(ended);

        socket.HangUp();

        await UntilAsync(() => ended, "the pause ended");
        Assert.IsAssignableFrom<OperationCanceledException>(told);
        Assert.Equal((StatusCodes.Status499ClientClosedRequest, 1), (status, Tries));
    }

    [Fact]
    public async Task S17_A_disconnect_before_the_last_conflict_is_not_an_error_and_counts_as_499()
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource<(Exception? Error, int Status)>());
        var site = await StartAsync(new SitePlan
        {
            Engine = static options => options.Session.Retries = Retries,
            Outside = app => app.Use(async (context, next) =>
            {
                var error = await Record.ExceptionAsync(() => next());
                told.TrySetResult((error, context.Response.StatusCode));
            }),
            Map = app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                if (CountTry() > Retries)
                {
                    reached.TrySetResult();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await ConflictAsync(session);
            }),
        });
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await reached.Task.WaitAsync(Token);
        socket.HangUp();
        var (left, status) = await told.Task.WaitAsync(Token);
        Assert.IsAssignableFrom<OperationCanceledException>(left);
        Assert.Equal(StatusCodes.Status499ClientClosedRequest, status);
    }

    [Fact]
    public async Task S17_Without_retries_nothing_is_retried()
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", WriteAsync).WithSession(static o => o.Retries = 0));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal((HttpStatusCode.InternalServerError, 1), (answer.StatusCode, Tries));
        Assert.IsNotType<SerializationConflictException>(Assert.Single(site.Errors));
    }

    [Fact]
    public async Task S17_A_request_whose_endpoint_was_not_known_in_time_is_not_retried_and_the_log_says_what_to_do()
    {
        var site = await StartAsync(app =>
        {
            app.UseRouting();   // after UseMillpond
            app.MapPost("/", WriteAsync).WithSession(static options => options.Retries = Retries);
        });

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        Assert.Equal(1, Tries);
        AssertNotRetried(
            site,
            "UseMillpond could not read its Retries when the request began; call UseRouting before UseMillpond.");
    }

    /// <summary>A scoped service with a memory, which tells when it ended.</summary>
    public sealed class Tab : IAsyncDisposable
    {
        public int Lines { get; set; }

        public HttpResponse? Response { get; set; }

        public string? Ended { get; private set; }

        public ValueTask DisposeAsync()
        {
            Ended = Response?.HasStarted == true ? "after the response" : "before the response";
            return ValueTask.CompletedTask;
        }
    }
}
