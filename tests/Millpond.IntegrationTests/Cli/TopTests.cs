using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Cli;

/// <summary><c>millpond top</c> on a live page, and on what is none.</summary>
public sealed class TopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Top_shows_the_numbers_and_the_holders_of_a_live_page()
    {
        await using var app = await StartAsync();
        var engine = app.Services.GetRequiredService<DbEngine>();
        await using var session = engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select 'secret'";
        await command.ExecuteScalarAsync(Token);

        var (code, output, errors) = await MillpondTool.RunAsync("top", $"{app.Urls.Single()}/millpond", "--once");

        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ default [a-z]+: 1 of 1 in use \(0 executing, 1 idle\), 0 waiting", output);
        Assert.Matches(@"\n  session \d+ .*TopTests.* holds a connection for .*, idle for .*: select \?", output);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_URL_is_one_sentence_and_exit_code_2()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        Assert.Equal(
            (2, "", $"http://127.0.0.1:{port}/millpond/snapshot.json cannot be read: Connection refused."),
            await MillpondTool.RunAsync("top", $"http://127.0.0.1:{port}/millpond"));
        Assert.Equal(
            (2, "", "'localhost:5080' is not the URL of a live page, such as http://localhost:5080/millpond."),
            await MillpondTool.RunAsync("top", "localhost:5080"));
    }

    [Fact]
    public async Task Another_page_is_one_sentence_and_exit_code_2()
    {
        await using var app = await StartAsync();
        var address = app.Urls.Single();

        foreach (var (path, answer) in new[]
        {
            ("html", "is not a live page of Millpond."), ("other", "is not a live page of Millpond."),
            ("none", "answers 404 Not Found."),
        })
        {
            Assert.Equal(
                (2, "", $"{address}/{path}/snapshot.json {answer}"), await MillpondTool.RunAsync("top", $"{address}/{path}/"));
        }
    }

    private static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMillpond(static options =>
        {
            options.UseSqlite("sqlite::memory:");
            (options.PoolSize, options.MaxOverflow) = (1, 0);
        });
        var app = builder.Build();
        app.MapMillpond();
        app.MapGet("/html/snapshot.json", static () => "<html></html>");
        app.MapGet("/other/snapshot.json", static () => """{"engines":null}""");
        await app.StartAsync(Token);
        return app;
    }
}
