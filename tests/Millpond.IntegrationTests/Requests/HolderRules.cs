using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What is known of the requests that hold connections.</summary>
public abstract class HolderRules(RequestDatabase database) : RequestTestBase(database)
{
    private readonly TaskCompletionSource _release = new();
    private readonly TaskCompletionSource<string?> _trace = new();

    [Fact]
    public async Task G20_A_request_that_holds_a_connection_is_shown_with_route_trace_and_code_line()
    {
        var site = await StartAsync(app => app.MapGet("/reports/{id}", ReportAsync));
        var request = site.Client.GetStringAsync("/reports/7?secret=hush", Token);
        await UntilAsync(() => site.Engine.GetSnapshot().Holders is [{ IsExecuting: false }], "the request was idle");

        var holder = Assert.Single(site.Engine.GetSnapshot().Holders);

        Assert.Equal(("GET /reports/{id}", 1), (holder.Operation, holder.CommandCount));
        Assert.Matches(@"^ReportAsync \(HolderRules\.cs:\d+\)$", holder.CallSite);
        Assert.Equal("select count(*) from users where name <> @p0", holder.LastCommand);
        Assert.NotNull(holder.TraceId);
        Assert.Equal(await _trace.Task, holder.TraceId);
        Assert.True(holder.Held >= holder.Idle && holder.Idle >= TimeSpan.Zero);
        _release.SetResult();
        await request;
    }

    [Fact]
    public async Task G21_A_caller_that_finds_the_pool_exhausted_learns_who_holds_it()
    {
        var site = await StartAsync(
            app => app.MapGet("/reports/{id}", ReportAsync),
            static options => (options.PoolSize, options.PoolTimeout) = (2, TimeSpan.FromSeconds(1)));
        var holding = Enumerable.Range(0, 2).Select(id => site.Client.GetStringAsync($"/reports/{id}", Token)).ToList();
        await UntilAsync(
            () => site.Engine.GetSnapshot().Holders is [{ IsExecuting: false }, { IsExecuting: false }], "both were idle");

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => site.Engine.RunAsync(
            (session, token) => session.ExecuteScalarAsync<long>($"select 1", token),
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token));

        Assert.Matches(
            @"^No connection became free in pool 'default' within 1 s: 2 of 2 in use, 1 waiting \(oldest [01]\.\d s\)\. GET " +
            @"/reports/\{id\} held 2 of them for up to \d+\.\d s, \d+ % of it idle\. ",
            error.Message);
        Assert.Equal((2, 2, 1), (error.Pool.Permits, error.Pool.InUse, error.Pool.Waiting));
        _release.SetResult();
        await Task.WhenAll(holding);
    }

    [Fact]
    public async Task S14_A_request_may_open_a_second_session_while_a_permit_is_free()
    {
        var site = await StartAsync(app => app.MapGet("/", async (DbSession session, DbEngine engine) =>
        {
            await session.ScalarAsync("select count(*) from users");
            await engine.RunAsync((inner, token) => inner.RunAsync(GoodInsert, token));
        }));
        await site.Client.GetStringAsync("/", Token);
        Assert.Equal(1, await CountAsync("users"));
    }

    private async Task<string> ReportAsync(DbSession session, CancellationToken cancellationToken)
    {
        await session.ExecuteScalarAsync<long>($"select count(*) from users where name <> {"hush"}", cancellationToken);
        _trace.TrySetResult(Activity.Current?.TraceId.ToHexString());
        await _release.Task;
        return "done";
    }
}
