using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>Rows that are sent while they are read: the commit comes before the last byte, whatever the shape and the size.
/// </summary>
public abstract class StreamShapeRules(RequestDatabase database) : RequestTestBase(database)
{
    private const int Many = 700;

    public static TheoryData<string> Shapes => StreamShapes.All;

    public static TheoryData<string, int> ShapesAndSizes =>
        [.. Shapes.SelectMany(static shape => (IEnumerable<(string, int)>)[(shape, 1), (shape, Many)])];

    [Theory]
    [MemberData(nameof(ShapesAndSizes))]
    public async Task S09_A_stream_is_committed_whatever_its_shape_and_size(string shape, int rows)
    {
        var site = await StartShapesAsync(rows);

        var answer = await site.Client.PostAsync($"{shape}?fail=false", null, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Empty(site.Errors);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(rows + 1, text.Split(StreamShapes.Row).Length - 1);   // with the row that the request wrote
        Assert.Equal(rows + 1, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Theory]
    [MemberData(nameof(ShapesAndSizes))]
    public async Task S09_A_response_whose_commit_failed_is_never_complete(string shape, int rows)
    {
        var site = await StartShapesAsync(rows);
        using var socket = await RawSocket.SendAsync(site.Address, "POST", $"{shape}?fail=true", Token);

        var answer = await ReadUntilCutAsync(socket);

        if (answer.Length > 0 && !answer.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal))   // else nothing was sent
        {
            var length = Regex.Match(answer, @"Content-Length: (\d+)").Groups[1].Value;
            var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            Assert.True(
                length.Length > 0
                    ? body.Length < int.Parse(length, CultureInfo.InvariantCulture)
                    : !body.EndsWith("0\r\n\r\n", default),
                answer[^20..]);
            Assert.Contains(
                site.Log.Of(LogLevel.Error), static line => line.Contains("was aborted: it had begun while a reader", default));
        }

        Assert.Equal(0, await CountAsync("posts"));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S09_A_stream_that_began_with_OnStarting_headers_reports_its_failed_commit()
    {
        // A reset connection drops what its client has not read yet.
        var isRead = new TaskCompletionSource();
        var site = await StartAsync(app => app.MapPost("/", async (
            HttpContext context, DbSession session, CancellationToken token) =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers.Append("X-Late", "late");
                return Task.CompletedTask;
            });
            await session.RunAsync(GoodInsert, token);
            await session.RunAsync(FailingInsert, token);
            await foreach (var row in StreamShapes.RowsAsync(session, token))
            {
                await context.Response.WriteAsync(row, token);
                await context.Response.Body.FlushAsync(token);
                await isRead.Task.WaitAsync(token);
            }
        }));
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);

        var answer = await socket.ReadSomeAsync(Token);
        isRead.SetResult();
        answer += await ReadUntilCutAsync(socket);

        Assert.Contains("X-Late: late", answer, StringComparison.Ordinal);
        Assert.Contains(
            site.Log.Of(LogLevel.Error),
            static line => line.Contains("was aborted: it had begun while a reader", default) &&
                line.Contains("foreign key", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("POST", 204, null)]
    [InlineData("POST", 200, 0)]
    [InlineData("HEAD", 200, null)]
    public async Task S09_A_response_complete_with_its_headers_does_not_start_before_the_commit(
        string method, int status, int? length)
    {
        var site = await StartAsync(app => app.MapMethods("/", [method], async (
            HttpContext context, DbSession session, CancellationToken token) =>
        {
            await session.RunAsync(GoodInsert, token);
            await foreach (var row in StreamShapes.RowsAsync(session, token))
            {
                (context.Response.StatusCode, context.Response.ContentLength) = (status, length);
                await context.Response.StartAsync(token);
            }
        }));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");

        var answer = await site.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.IsType<SessionConcurrencyException>(Assert.Single(site.Errors));
        Assert.Equal(0, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S09_Inner_compression_starts_the_body_without_a_commit(string shape)
    {
        var site = await StartAsync(new SitePlan
        {
            Map = static app =>
            {
                app.UseResponseCompression();
                StreamShapes.Map(app);
            },
            Services = static services => services.AddResponseCompression()
                .AddControllers().AddApplicationPart(typeof(StreamsController).Assembly),
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{shape}?fail=false")
        {
            Headers = { { "Accept-Encoding", "gzip" } },
        };

        var answer = await site.Client.SendAsync(request, Token);

        Assert.Empty(site.Errors);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, await CountAsync("users")));
        await NothingHeldAsync(site.Engine);
    }

    private static async Task<string> ReadUntilCutAsync(RawSocket socket)
    {
        var all = new StringBuilder();
        try
        {
            while (await socket.ReadSomeAsync(Token) is { Length: > 0 } some)
            {
                all.Append(some);
            }
        }
        catch (SocketException)
        {
            // It was reset.
        }

        return all.ToString();
    }

    private async Task<TestSite> StartShapesAsync(int rows)
    {
        Database.Site ??= await TestSite.StartAsync(Database, new SitePlan
        {
            Map = StreamShapes.Map,
            Services = static services => services.AddControllers().AddApplicationPart(typeof(StreamsController).Assembly),
        });
        Database.Site.Errors.Clear();
        var name = new string('-', 200) + StreamShapes.Row;
        var values = Enumerable.Range(100_000, rows).Select(id => $"({id}, '{name}')");   // not the author whom nobody knows
        await Database.ExecuteAsync($"insert into users (id, name) values {string.Join(", ", values)}");
        return Database.Site;
    }
}
