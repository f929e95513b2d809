using System.Net.Http.Json;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>gRPC calls of all four kinds: the status of the call decides, and the client learns what it can act on.</summary>
public abstract class GrpcRules(RequestDatabase database) : RequestTestBase(database)
{
    private readonly RollbackBook _rollbacks = new();

    [Fact]
    public async Task S02_A_unary_call_is_committed_before_its_response_is_sent()
    {
        await using var site = await ServeAsync();

        var answer = await site.Client.AddAsync(new User { Name = "ada" }, cancellationToken: Token);

        Assert.Equal((1, 1), (answer.Users, await CountAsync("users")));
    }

    [Theory]
    [InlineData(UsersService.Throw, StatusCode.Unknown)]
    [InlineData(UsersService.NotFound, StatusCode.NotFound)]
    public async Task S04_A_failed_call_is_rolled_back(string how, StatusCode status)
    {
        await using var site = await ServeAsync();
        var client = site.Client;

        var errors = new[]
        {
            await FailsAsync(() => client.AddAsync(new User { Name = how }, cancellationToken: Token).ResponseAsync),
            await FailsAsync(() => SendAllAsync(client, "ada", how)),
        };

        Assert.All(errors, error => Assert.Equal(status, error.StatusCode));
        Assert.DoesNotContain("Not for the client", errors[0].Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("users"));
        var told = _rollbacks.Told.First();
        Assert.Equal(
            how == UsersService.Throw
                ? ("an exception left the call", typeof(InvalidTimeZoneException))
                : ("the call had status NotFound", null),
            (told.Reason, told.Error?.GetType()));
    }

    [Fact]
    public async Task S04_A_call_that_throws_is_rolled_back_even_without_the_interceptor()
    {
        await using var site = await ServeAsync(intercepted: false);

        var error = await FailsAsync(
            () => site.Client.AddAsync(new User { Name = UsersService.Throw }, cancellationToken: Token).ResponseAsync);
        await site.Client.AddAsync(new User { Name = "ada" }, cancellationToken: Token);

        Assert.Equal((StatusCode.Unknown, 1), (error.StatusCode, await CountAsync("users")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S04_A_call_that_the_server_ends_at_its_deadline_is_rolled_back(bool intercepted)
    {
        await using var site = await ServeAsync(intercepted: intercepted);

        // The stock client would end the call itself at that moment; this one leaves it to the server.
        var status = await DeadlineCall.SendAsync(
            site.Site.Address, "hosts.Users/Add", new User { Name = UsersService.Slow }, "300m", Token);

        Assert.Equal("4", status);   // DEADLINE_EXCEEDED
        await NothingHeldAsync(site.Site.Engine);
        await _rollbacks.LateEnded.Task.WaitAsync(Patience, Token);
        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S03_A_failed_commit_fails_the_call_with_a_useful_status()
    {
        await using var site = await ServeAsync();
        var client = site.Client;
        var fails = new User { Name = UsersService.Fail };

        var errors = new[]
        {
            await FailsAsync(() => client.AddAsync(fails, cancellationToken: Token).ResponseAsync),
            await FailsAsync(() => SendAllAsync(client, "ada", UsersService.Fail)),
            await FailsAsync(() => ListAsync(client, fails)),
            await FailsAsync(() => TalkAsync(client, UsersService.Fail)),
        };

        Assert.All(errors, static error =>
        {
            Assert.Equal(
                (StatusCode.FailedPrecondition, "The change conflicts with the current data."),
                (error.StatusCode, error.Status.Detail));
            Assert.Equal("MILL6001", error.Trailers.GetValue("millpond-code"));
        });
        Assert.Equal((0, 0), (await CountAsync("users"), await CountAsync("posts")));
        await NothingHeldAsync(site.Site.Engine);
    }

    [Fact]
    public async Task S02_A_client_stream_is_committed_as_a_whole()
    {
        await using var site = await ServeAsync();

        var answer = await SendAllAsync(site.Client, "ada", "bob", "cyd");

        Assert.Equal((3, 3), (answer.Users, await CountAsync("users")));
    }

    [Fact]
    public async Task S09_A_server_stream_commits_with_its_first_message_and_continues_to_read()
    {
        await using var site = await ServeAsync();

        var names = await ListAsync(site.Client, new User { Name = "ada" });

        Assert.Equal(["first", "ada"], names);
        Assert.Equal(1, await CountAsync("users"));
        await NothingHeldAsync(site.Site.Engine);
    }

    [Fact]
    public async Task S09_A_duplex_call_writes_only_until_its_first_message()
    {
        await using var site = await ServeAsync();
        var client = site.Client;

        Assert.Equal([1], await TalkAsync(client, "ada"));
        var error = await FailsAsync(() => TalkAsync(client, "bob", "cyd"));

        Assert.Equal((StatusCode.Internal, "MILL3009"), (error.StatusCode, error.Trailers.GetValue("millpond-code")));
        Assert.Equal(2, await CountAsync("users"));
    }

    [Theory]
    [InlineData(UsersService.Nothing, StatusCode.Cancelled)]
    [InlineData(null, StatusCode.ResourceExhausted)]
    public async Task S02_A_call_whose_response_cannot_be_sent_is_rolled_back(string? name, StatusCode status)
    {
        await using var site = await ServeAsync(configure: static options => options.MaxSendMessageSize = 1_000);
        var request = new User { Name = name ?? new string('x', 1_001) };

        var error = await FailsAsync(() => site.Client.AddAndEchoAsync(request, cancellationToken: Token).ResponseAsync);

        Assert.Equal((status, 0), (error.StatusCode, await CountAsync("users")));
        await NothingHeldAsync(site.Site.Engine);
    }

    [Fact]
    public async Task S09_A_server_stream_from_an_open_reader_commits_at_its_end()
    {
        await using var site = await ServeAsync();

        var names = await StreamAsync(site.Client, "ada");
        var error = await FailsAsync(() => StreamAsync(site.Client, UsersService.Fail));

        Assert.Equal(["ada"], names);
        Assert.Equal((StatusCode.FailedPrecondition, "MILL6001"), (error.StatusCode, error.Trailers.GetValue("millpond-code")));
        Assert.Equal((1, 0), (await CountAsync("users"), await CountAsync("posts")));
        await NothingHeldAsync(site.Site.Engine);
    }

    [Fact]
    public async Task S23_A_call_that_fails_after_a_commit_returns_a_status_against_repetition()
    {
        await using var site = await ServeAsync();

        var error = await FailsAsync(() => site.Client.AddAsync(
            new User { Name = UsersService.CommitsFirst }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(
            (StatusCode.Internal, "MILL3008", "true"),
            (error.StatusCode, error.Trailers.GetValue("millpond-code"), error.Trailers.GetValue("millpond-committed")));
        Assert.Equal(1, await CountAsync("users"));
        Assert.Contains(
            site.Site.Log.Of(LogLevel.Error),
            static line => line.StartsWith("/hosts.Users/Add failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S23_A_call_that_fails_with_its_own_error_after_a_commit_reports_the_commit()
    {
        await using var site = await ServeAsync();

        var error = await FailsAsync(() => site.Client.AddAsync(
            new User { Name = UsersService.CommitsAndThrows }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(
            (StatusCode.Unknown, "true"), (error.StatusCode, error.Trailers.GetValue("millpond-committed")));
        Assert.DoesNotContain("Not for the client", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S02_The_first_message_of_a_transcoded_stream_is_committed_and_sent()
    {
        var site = await TranscodeAsync();
        using var request = PostOf("list", UsersService.Endless);
        using var answer = await site.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        using var reader = new StreamReader(body);

        Assert.Contains("first", await reader.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token), StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Theory]
    [InlineData("list", UsersService.LateNotFound, 200, "\"code\": 5", 1)]   // after the first message, which is committed
    [InlineData("list", UsersService.NotFound, 200, "\"code\": 5", 0)]
    [InlineData("list", UsersService.Fail, 400, "\"code\": 9", 0)]
    [InlineData("stream", UsersService.Fail, 200, "\"code\": 9", 0)]
    [InlineData("echo", UsersService.Nothing, 408, "\"code\": 1", 0)]
    [InlineData("echo", UsersService.Fail, 500, "handled", 0)]
    [InlineData("echo", "ada", 200, "ada", 1)]
    public async Task S03_A_transcoded_call_reports_its_failure(string path, string name, int status, string text, long users)
    {
        await Database.ExecuteAsync("insert into users (id, name) values (100000, 'somebody')");
        var site = await TranscodeAsync();
        using var request = PostOf(path, name);

        using var answer = await site.Client.SendAsync(request, Token);

        var body = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains(text.Replace(" ", "", default), body.Replace(" ", "", default), StringComparison.Ordinal);
        Assert.Equal((status, users + 1), ((int)answer.StatusCode, await CountAsync("users")));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task G02_A_call_that_gets_no_connection_returns_UNAVAILABLE()
    {
        await using var site = await ServeAsync(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.PoolTimeout = TimeSpan.FromSeconds(1);
        });
        await site.Site.Engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("select 1", token);
                var error = await FailsAsync(
                    () => site.Client.AddAsync(new User { Name = "ada" }, cancellationToken: token).ResponseAsync);
                Assert.Equal((StatusCode.Unavailable, "MILL1001"), (error.StatusCode, error.Trailers.GetValue("millpond-code")));
            },
            cancellationToken: Token);
    }

    private static async Task<RpcException> FailsAsync(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(call);

    private static async Task<Count> SendAllAsync(Users.UsersClient client, params string[] names)
    {
        using var call = client.AddAll(cancellationToken: Token);
        foreach (var name in names)
        {
            await call.RequestStream.WriteAsync(new User { Name = name }, Token);
        }

        await call.RequestStream.CompleteAsync();
        return await call;
    }

    private static async Task<List<string>> ListAsync(Users.UsersClient client, User added)
    {
        using var call = client.AddAndList(added, cancellationToken: Token);
        return await call.ResponseStream.ReadAllAsync(Token).Select(static one => one.Name).ToListAsync(Token);
    }

    private static async Task<List<long>> TalkAsync(Users.UsersClient client, params string[] names)
    {
        using var call = client.Talk(cancellationToken: Token);
        List<long> counts = [];
        foreach (var name in names)
        {
            await call.RequestStream.WriteAsync(new User { Name = name }, Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            counts.Add(call.ResponseStream.Current.Users);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
        return counts;
    }

    private static async Task<List<string>> StreamAsync(Users.UsersClient client, string name)
    {
        using var call = client.AddAndStream(new User { Name = name }, cancellationToken: Token);
        return await call.ResponseStream.ReadAllAsync(Token).Select(static one => one.Name).ToListAsync(Token);
    }

    private static HttpRequestMessage PostOf(string path, string name) => new(HttpMethod.Post, $"/v1/{path}")
    {
        Content = JsonContent.Create(new { name }),
    };

    private Task<TestSite> TranscodeAsync() => StartAsync(new SitePlan
    {
        Services = services => services.AddSingleton(_rollbacks).AddGrpc().AddMillpond().AddJsonTranscoding(),
        Map = static app => app.MapGrpcService<UsersService>(),
    });

    private async Task<GrpcSite> ServeAsync(
        Action<EngineOptions>? engine = null,
        bool intercepted = true,
        Action<GrpcServiceOptions>? configure = null) => new(await StartAsync(new SitePlan
    {
        Protocols = HttpProtocols.Http2,
        Services = services =>
        {
            var calls = services.AddSingleton(_rollbacks).AddGrpc(options => configure?.Invoke(options));
            _ = intercepted ? calls.AddMillpond() : calls;
        },
        Map = static app => app.MapGrpcService<UsersService>(),
        Engine = engine,
    }));

    private sealed class GrpcSite : IAsyncDisposable
    {
        private readonly GrpcChannel _channel;

        public GrpcSite(TestSite site)
        {
            Site = site;
            _channel = GrpcChannel.ForAddress(site.Address);
            Client = new Users.UsersClient(_channel);
        }

        public TestSite Site { get; }

        public Users.UsersClient Client { get; }

        public ValueTask DisposeAsync()
        {
            _channel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
