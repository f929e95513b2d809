using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What is held of a response, and what the server would refuse.</summary>
public sealed class PassThroughTests(SqliteRequestDatabase database)
    : RequestTestBase(database), IClassFixture<SqliteRequestDatabase>
{
    [Fact]
    public async Task S02_Progress_written_by_a_request_without_a_session_arrives_immediately()
    {
        var read = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context) =>
        {
            await context.Response.Body.WriteAsync("10 %"u8.ToArray());   // no flush
            await read.Task;
            await context.Response.Body.WriteAsync("100 %"u8.ToArray());
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);

        var seen = "";
        while (!seen.Contains("10 %", StringComparison.Ordinal))
        {
            seen += await socket.ReadSomeAsync(Token).WaitAsync(Patience, Token);
        }

        read.SetResult();
        Assert.Contains("100 %", await socket.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S02_An_archive_is_written_to_the_body_with_and_without_a_session(bool session)
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context) =>
        {
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            if (session)
            {
                await context.RequestServices.GetRequiredService<DbSession>().RunAsync(GoodInsert);
            }

            using var archive = new ZipArchive(context.Response.Body, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var name in (string[])["one.bin", "two.bin"])
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(new byte[100_000]);
            }
        }));

        await using var bytes = await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStreamAsync(Token);
        using var archive = new ZipArchive(bytes);

        Assert.Equal([100_000L, 100_000L], archive.Entries.Select(static entry => entry.Length));
        Assert.Equal(session ? 1 : 0, await CountAsync("users"));
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S02_A_request_without_a_session_starts_and_fails_as_without_Millpond()
    {
        List<string> order = [];
        var site = await StartAsync(new SitePlan
        {
            Outside = app => app.Use(async (context, next) =>
            {
                await next(context);
                order.Add($"after {context.Response.HasStarted}");
                context.Response.Headers["X-Late"] = "1";   // nothing was flushed, so the header can still be set
            }),
            Map = app => app.MapGet("/", (HttpContext context) =>
            {
                context.Response.OnStarting(() =>
                {
                    order.Add("starting");
                    return Task.CompletedTask;
                });
                context.Response.BodyWriter.Write("text"u8);
                order.Add(Record.Exception(() => context.Response.Body.Write("more"u8))!.GetType().Name);
                order.Add(context.Response.Body.CanSeek ? "seekable" : "not seekable");
            }),
        });

        var answer = await site.Client.GetAsync("/", Token);

        Assert.Equal("text", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(["InvalidOperationException", "not seekable", "after False", "starting"], order);
        Assert.True(answer.Headers.Contains("X-Late"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S02_A_synchronous_write_beyond_the_limit_commits_if_the_server_allows_it(bool allowed)
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = allowed;
            await session.RunAsync(GoodInsert);
            context.Response.Body.Write(new byte[64 * 1024]);
            context.Response.Body.WriteByte(0);
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(allowed ? 1 : 0, await CountAsync("users"));
        Assert.Equal(
            allowed ? [] : ["A synchronous write would send the response"],
            site.Errors.Select(static error => error.Message.Split(',')[0]));
    }

    [Fact]
    public async Task S02_The_response_can_be_cleared_until_the_commit()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await context.Response.Body.WriteAsync("gone"u8.ToArray());
            Assert.False(context.Response.Body.CanSeek);
            Assert.Throws<NotSupportedException>(() => context.Response.Body.Length);
            context.Response.Clear();
            await context.Response.WriteAsync("kept");
        }));

        Assert.Equal("kept", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S02_OnStarting_callbacks_are_part_of_the_work()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            context.Response.OnStarting(() => session.RunAsync(GoodInsert));
            context.Response.OnStarting(async () =>
            {
                await context.Response.WriteAsync(" and more");
                await context.Response.Body.FlushAsync();
            });
            await context.Response.Body.WriteAsync("text"u8.ToArray());
        }));

        Assert.Equal("text and more", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal((2, 1), (await CountAsync("users"), site.Engine.GetSnapshot().Commits));
        Assert.Empty(site.Errors);
    }

    [Theory]
    [InlineData("starting")]
    [InlineData("starting without a byte")]
    [InlineData("too many")]
    [InlineData("too many at once")]
    [InlineData("too few")]
    [InlineData("no body allowed")]
    public async Task S02_A_request_whose_response_the_server_would_reject_is_rolled_back(string how)
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            var response = context.Response;
            await session.RunAsync(GoodInsert);
            if (how.StartsWith("starting", StringComparison.Ordinal))
            {
                response.OnStarting(static () => throw new InvalidTimeZoneException());
            }

            response.ContentLength = how.StartsWith("too many", StringComparison.Ordinal) ? 3 : how == "too few" ? 5 : null;
            response.StatusCode = how == "no body allowed" ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;
            if (how == "too many at once")
            {
                await response.Body.WriteAsync(new byte[100_000]);
            }
            else if (how != "starting without a byte")
            {
                await response.Body.WriteAsync("text"u8.ToArray());
            }
        }));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal($"handled {Assert.Single(site.Errors).GetType().Name}", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S09_A_stream_shorter_than_its_length_is_rolled_back_and_aborted()
    {
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select name from users";
            await using (var reader = await command.ExecuteReaderAsync())
            {
                context.Response.ContentLength = 10;
                await context.Response.WriteAsync("12345");
            }
        }));

        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        var cut = await Record.ExceptionAsync(() => socket.ReadToEndAsync(Token));

        Assert.True(cut is null or System.Net.Sockets.SocketException, $"{cut}");
        await UntilAsync(
            () => site.Log.Of(LogLevel.Error).Any(static line => line.Contains("was aborted", default)), "it was logged");
        Assert.Equal(0, await CountAsync("users"));
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("error status")]
    public async Task S04_A_stream_that_fails_after_its_first_byte_is_rolled_back(string how)
    {
        var site = await StartAsync(new SitePlan
        {
            // Somebody outside who answers whatever comes cannot make half a response look complete.
            Outside = static app => app.Use(static async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (InvalidTimeZoneException)
                {
                    await context.Response.WriteAsync("never mind");
                }
            }),
            Map = app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                context.Response.StatusCode = how == "throws" ? 200 : 404;
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select name from users";
                await using var reader = await command.ExecuteReaderAsync();
                await context.Response.WriteAsync("first");
                if (how == "throws")
                {
                    throw new InvalidTimeZoneException();
                }
            }),
        });

        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        var answer = new StringBuilder();
        var cut = await Record.ExceptionAsync(async () => answer.Append(await socket.ReadToEndAsync(Token)));

        Assert.True(cut is null or System.Net.Sockets.SocketException, $"{cut}");
        Assert.Equal(how != "throws", answer.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal));
        Assert.Equal(0, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }
}
