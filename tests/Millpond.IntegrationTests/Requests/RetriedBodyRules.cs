using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>The bodies of requests that are tried again: each try reads the same bytes, however it reads them (S17).</summary>
public abstract class RetriedBodyRules(RequestDatabase database) : RetryTestBase(database)
{
    private static readonly byte[] Large = RandomNumberGenerator.GetBytes(10_000_019);

    [Theory]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("pipe", false)]
    [InlineData("pipe", true)]
    [InlineData("file", false)]
    [InlineData("file", true)]
    public async Task S17_A_body_of_10_MB_is_the_same_in_each_attempt(string how, bool chunked)
    {
        List<string> read = [];
        var site = await StartRetryingAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            var bytes = await ReadAsync(context.Request, how);
            read.Add(Convert.ToHexString(SHA256.HashData(bytes)));
            await WriteAsync(session);
        }));

        var answer = await PostAsync(site, how == "file" ? Form(Large) : new ByteArrayContent(Large), chunked);

        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, Tries));
        var sent = Convert.ToHexString(SHA256.HashData(Large));
        Assert.Equal([sent, sent], read);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S17_The_next_attempt_reads_what_the_first_one_left_unread()
    {
        var (bytes, parts) = (Large[..300_000], new List<byte[]>());
        var site = await StartRetryingAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            var part = new byte[100_000 * (Tries + 1)];
            await context.Request.Body.ReadExactlyAsync(part);
            parts.Add(part);
            await session.RunAsync(GoodInsert);
            if (CountTry() < 3)
            {
                await ConflictAsync(session);
            }

            Assert.Equal(0, await context.Request.Body.ReadAsync(new byte[1]));
        }));

        var answer = await PostAsync(site, new ByteArrayContent(bytes), chunked: true);

        Assert.Equal((HttpStatusCode.OK, 3), (answer.StatusCode, Tries));
        Assert.Equal([bytes[..100_000], bytes[..200_000], bytes], parts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S17_A_body_beyond_the_limit_is_served_once_and_logged(bool chunked)
    {
        byte[]? read = null;
        var site = await StartAsync(new SitePlan
        {
            Engine = static options => options.Session.Retries = Retries,
            Requests = static options => options.RetryBodyLimit = 100_000,
            Map = app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                read = await ReadAsync(context.Request, "stream");
                await WriteAsync(session);
            }),
        });

        var answer = await PostAsync(site, new ByteArrayContent(Large[..100_001]), chunked);
        Assert.Equal((HttpStatusCode.InternalServerError, 1), (answer.StatusCode, Tries));
        Assert.Equal(Large[..100_001], read);
        AssertNotRetried(site, "its body is larger than RetryBodyLimit (100,000 bytes).");

        ForgetTries();
        answer = await PostAsync(site, new ByteArrayContent(Large[..100_000]), chunked);
        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, Tries));
        Assert.Equal(Large[..100_000], read);
    }

    [Fact]
    public async Task S17_A_buffered_body_is_a_private_file_that_is_deleted_with_its_request()
    {
        FileInfo? file = null;
        var site = await StartRetryingAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            await ReadAsync(context.Request, "stream");
            file = new DirectoryInfo(Path.GetTempPath()).EnumerateFiles("ASPNETCORE_*.tmp")
                .FirstOrDefault(static one => one.Length == Large.Length);
            if (file is not null && !OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
            }

            await WriteAsync(session);
        }));

        Assert.True((await PostAsync(site, new ByteArrayContent(Large), chunked: false)).IsSuccessStatusCode);

        Assert.NotNull(file);
        Assert.False(File.Exists(file.FullName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S17_A_small_body_uses_a_small_buffer(bool chunked)
    {
        using var rented = new RentedBuffers();
        var site = await StartRetryingAsync(
            app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                await context.Request.Body.ReadExactlyAsync(new byte[40]);   // CopyToAsync would rent 80 kB itself
                await WriteAsync(session);
            }),
            outside: app => app.Use(async (context, next) =>
            {
                rented.Follow();
                await next();
            }));

        Assert.True((await PostAsync(site, new ByteArrayContent(Large[..40]), chunked)).IsSuccessStatusCode);
        Assert.Equal(2, Tries);
        Assert.NotEmpty(rented.Sizes);
        Assert.DoesNotContain(rented.Sizes, static size => size >= 32 * 1024);
    }

    [Fact]
    public async Task S17_A_body_buffered_by_outer_middleware_is_rewound_and_stays_seekable()
    {
        List<string> read = [];
        var site = await StartRetryingAsync(
            app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                for (var round = 0; round < 2; round++)
                {
                    context.Request.Body.Position = 0;
                    read.Add(await new StreamReader(context.Request.Body, leaveOpen: true).ReadToEndAsync());
                }

                await context.Request.BodyReader.CompleteAsync();   // closes what it reads from
                await WriteAsync(session);
            }),
            outside: static app => app.Use(async (context, next) =>
            {
                context.Request.EnableBuffering();
                await next();
            }));

        Assert.True((await site.Client.PostAsync("/", new StringContent("ada"), Token)).IsSuccessStatusCode);

        Assert.Equal(["ada", "ada", "ada", "ada"], read);
    }

    [Theory]
    [InlineData("/minimal")]
    [InlineData("/orders")]
    public async Task S17_Arguments_are_bound_again(string path)
    {
        List<Order> seen = [];
        var site = await StartRetryingAsync(
            app =>
            {
                app.UseAuthentication();   // MVC has WebApplication put it in front of everything else
                app.MapControllers();
                app.MapPost("/minimal", (Order order, DbSession session) => SaveAsync(order, session));
            },
            services =>
            {
                services.AddControllers().AddApplicationPart(typeof(OrdersController).Assembly);
                services.AddSingleton<Func<Order, DbSession, Task>>(SaveAsync);
            });

        var answer = await site.Client.PostAsJsonAsync(path, new Order { Item = "mill" }, Token);

        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, Tries));
        Assert.Equal([(0, "mill"), (0, "mill")], seen.Select(static order => (order.Id, order.Item)));

        async Task SaveAsync(Order order, DbSession session)
        {
            seen.Add(new Order { Id = order.Id, Item = order.Item });
            (order.Id, order.Item) = (77, "of a try that failed");   // as EF Core sets the key of a row that it inserted
            await WriteAsync(session);
        }
    }

    [Fact]
    public async Task S17_A_response_that_an_exception_filter_made_of_the_conflict_is_sent()
    {
        var site = await StartRetryingAsync(
            static app => app.MapControllers(),
            services =>
            {
                services.AddControllers().AddApplicationPart(typeof(OrdersController).Assembly);
                services.AddSingleton<Func<Order, DbSession, Task>>((_, session) => WriteAsync(session));
            });

        var answer = await site.Client.PostAsJsonAsync("/orders/filtered", new Order(), Token);

        Assert.Equal((HttpStatusCode.Conflict, 1), (answer.StatusCode, Tries));
    }

    [Fact]
    public async Task S17_Middleware_inside_UseMillpond_runs_again_such_as_decompression()
    {
        List<string> read = [];
        var site = await StartRetryingAsync(
            app =>
            {
                app.UseRequestDecompression();
                app.MapPost("/", async (HttpContext context, DbSession session) =>
                {
                    read.Add(await new StreamReader(context.Request.Body).ReadToEndAsync());
                    await WriteAsync(session);
                });
            },
            static services => services.AddRequestDecompression());
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync("ada"u8.ToArray(), Token);
        }

        var content = new ByteArrayContent(packed.ToArray()) { Headers = { ContentEncoding = { "gzip" } } };
        Assert.True((await site.Client.PostAsync("/", content, Token)).IsSuccessStatusCode);

        Assert.Equal(["ada", "ada"], read);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, string how)
    {
        using var all = new MemoryStream();
        if (how == "file")
        {
            var form = await request.ReadFormAsync();
            Assert.Equal("ada", form["name"]);
            await form.Files["file"]!.CopyToAsync(all);
        }
        else if (how == "pipe")
        {
            await request.BodyReader.CopyToAsync(all);
            await request.BodyReader.CompleteAsync();
        }
        else
        {
            await request.Body.CopyToAsync(all);
        }

        return all.ToArray();
    }

    private static MultipartFormDataContent Form(byte[] file) => new()
    {
        { new StringContent("ada"), "name" },
        { new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } }, "file", "ada.png" },
    };

    private static async Task<HttpResponseMessage> PostAsync(TestSite site, HttpContent content, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        return await site.Client.SendAsync(request, Token);
    }

    /// <summary>What a client sends and a handler changes.</summary>
    public sealed class Order
    {
        public int Id { get; set; }

        public string Item { get; set; } = "";
    }
}
