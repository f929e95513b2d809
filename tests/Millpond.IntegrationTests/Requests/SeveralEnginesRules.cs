using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Two engines in one application: the class's own database, and a SQLite file under the key <c>files</c>.</summary>
public abstract class SeveralEnginesRules(RequestDatabase database) : RequestTestBase(database), IAsyncLifetime
{
    private ScratchDatabase _second = null!;
    private DbEngine _observer = null!;

    public new async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _second = await ScratchDatabase.SqliteAsync();
        _observer = _second.CreateEngine(static options => options.PoolSize = 1);
        foreach (var sql in new[]
        {
            "create table users (id integer primary key, name text)",
            "create table posts (author integer references users (id) deferrable initially deferred)",
        })
        {
            await _observer.RunAsync((session, token) => session.RunAsync(sql, token), cancellationToken: Token);
        }
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _observer.DisposeAsync();
        await _second.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Both_sessions_of_a_request_are_committed_and_are_different()
    {
        var site = await StartBothAsync(static app => app.MapPost(
            "/", async (DbSession main, [FromKeyedServices("files")] DbSession files) =>
            {
                await main.RunAsync(GoodInsert);
                await files.RunAsync(GoodInsert);
                await files.RunAsync(GoodInsert);
                return $"{main.EngineName} {files.EngineName}";
            }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal("default files", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((1, 2), (await CountAsync("users"), await CountFilesAsync()));
    }

    [Fact]
    public async Task An_exception_and_a_status_of_400_roll_both_sessions_back()
    {
        var site = await StartBothAsync(static app => app.MapPost(
            "/{status:int}", async (int status, DbSession main, [FromKeyedServices("files")] DbSession files) =>
            {
                await main.RunAsync(GoodInsert);
                await files.RunAsync(GoodInsert);
                return status == 500 ? throw new InvalidOperationException("boom")
                    : Microsoft.AspNetCore.Http.Results.StatusCode(status);
            }));

        await site.Client.PostAsync("/500", null, Token);
        await site.Client.PostAsync("/409", null, Token);

        Assert.Equal((0, 0), (await CountAsync("users"), await CountFilesAsync()));
    }

    [Theory]
    [InlineData("/first", 0, 0)]   // its commit fails, so the one behind it is not tried
    [InlineData("/second", 1, 0)]   // the one before it has committed by then
    public async Task They_commit_in_the_order_of_their_opening_and_the_first_failure_stops(string path, long main, long files)
    {
        var site = await StartBothAsync(static app =>
        {
            app.MapPost("/first", async (DbSession main, [FromKeyedServices("files")] DbSession files) =>
            {
                await main.RunAsync(FailingInsert);
                await files.RunAsync(GoodInsert);
            });
            app.MapPost("/second", async (DbSession main, [FromKeyedServices("files")] DbSession files) =>
            {
                await main.RunAsync(GoodInsert);
                await files.RunAsync(FailingInsert);
            });
        });

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync(path, null, Token)).StatusCode);

        Assert.Single(site.Errors);
        Assert.Equal((main, files), (await CountAsync("users"), await CountFilesAsync()));
    }

    [Theory]
    [InlineData("transaction")]
    [InlineData("hook")]
    [InlineData("late hook")]
    [InlineData("queue")]
    [InlineData("interrupted")]
    [InlineData("lost")]
    public async Task S12_If_one_session_of_a_request_cannot_commit_none_does(string why)
    {
        var hooks = 0;
        var site = await StartBothAsync(app => app.MapPost(
            "/", async ([FromKeyedServices("files")] DbSession first, DbSession second) =>
            {
                await first.RunAsync(GoodInsert);
                first.AfterCommit(_ => Task.FromResult(hooks++));
                await second.RunAsync(GoodInsert);
                switch (why)
                {
                    case "transaction":
                        await second.BeginTransactionAsync();
                        break;
                    case "hook":
                        second.BeforeCommit(static _ => throw new InvalidTimeZoneException());
                        break;
                    case "late hook":
                        second.BeforeCommit(async token =>
                        {
                            await first.RunAsync(GoodInsert, token);
                            first.BeforeCommit(static _ => throw new InvalidTimeZoneException());
                        });
                        break;
                    case "queue":
                        second.Queue($"insert into nowhere values (1)");
                        break;
                    case "lost" when Database.IsPostgres:
                        var backend = await second.ScalarAsync("select pg_backend_pid()");
                        await Database.ExecuteAsync($"select pg_terminate_backend({backend}, 5000)");
                        break;
                    default:
                        await Record.ExceptionAsync(() => second.UseProviderConnectionAsync<System.Data.Common.DbConnection>(
                            static (_, _) => throw new InvalidTimeZoneException(), Token));
                        break;
                }
            }));

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        Assert.Single(site.Errors);
        Assert.Equal((0, 0, 0), (await CountAsync("users"), await CountFilesAsync(), hooks));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S12_Hooks_of_several_sessions_run_after_the_last_commit_even_if_that_failed(bool fails)
    {
        var seen = (-1L, -1L);
        var site = await StartBothAsync(app => app.MapPost(
            "/", async ([FromKeyedServices("files")] DbSession first, DbSession second) =>
            {
                await first.RunAsync(GoodInsert);
                first.AfterCommit(async _ => seen = (await CountFilesAsync(), await CountAsync("users")));
                await second.RunAsync(fails ? FailingInsert : GoodInsert);
            }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(fails ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((1, fails ? 0 : 1), seen);
    }

    [Fact]
    public async Task S14_Sessions_of_different_engines_are_not_nested()
    {
        var site = await StartBothAsync(static app => app.MapPost(
            "/", async (DbSession main, [FromKeyedServices("files")] DbSession files) =>
            {
                await main.RunAsync(GoodInsert);
                await files.RunAsync(GoodInsert);
            }));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.Client.PostAsync("/", null, Token)));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((20, 20), (await CountAsync("users"), await CountFilesAsync()));
    }

    [Fact]
    public async Task Background_work_runs_on_the_engine_of_its_service_key()
    {
        var work = new TaskCompletionSource();
        var site = await StartBothAsync(app => app.MapPost("/", ([FromKeyedServices("files")] DbEngine files) =>
        {
            _ = Task.Run(async () =>
            {
                await files.RunAsync((session, token) => session.RunAsync(GoodInsert, token), cancellationToken: Token);
                work.SetResult();
            });
        }));

        await site.Client.PostAsync("/", null, Token);
        await work.Task.WaitAsync(Patience, Token);

        Assert.Equal((0, 1), (await CountAsync("users"), await CountFilesAsync()));
    }

    private Task<long> CountFilesAsync() => _observer.RunAsync(
        (session, token) => session.ScalarAsync("select count(*) from users", token),
        new DbSessionOptions { Access = SessionAccess.ReadOnly },
        Token);

    private Task<TestSite> StartBothAsync(Action<WebApplication> map) => StartAsync(new SitePlan
    {
        Services = services => services.AddMillpond("files", _second.Configure),
        Map = map,
    });
}
