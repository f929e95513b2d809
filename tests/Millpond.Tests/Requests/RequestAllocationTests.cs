using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Tests.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Requests;

/// <summary>What UseMillpond allocates for a request beyond the same pipeline without it.</summary>
/// <remarks>The database answers immediately, so that the whole request runs on one thread, whose allocations are counted. They
/// are the same each time but for some bytes that the runtime saves once it has optimized code of ASP.NET Core's.</remarks>
public sealed class RequestAllocationTests
{
    private const long Saved = 100;

#if DEBUG
    private const long Untouched = 2_112;   // without optimization a state machine is an object even when it never waits
    private const long Read = 7_504;
#else
    private const long Untouched = 1_200;
    private const long Read = 3_480;
#endif

    private static readonly ReadOnlyMemory<byte> Hello = "hello"u8.ToArray();

    [Fact]
    public async Task S02_A_request_without_a_session_allocates_hardly_more_than_without_Millpond()
    {
        await using var services = Services();
        var with = Measure(services, static app => app.UseMillpond(), RespondAsync);
        Assert.InRange(with - Measure(services, static _ => { }, RespondAsync), Untouched - Saved, Untouched);
    }

    [Fact]
    public async Task S01_A_request_with_one_command_allocates_only_its_session_and_the_held_response()
    {
        await using var services = Services();
        var with = Measure(services, static app => app.UseMillpond(), ReadAsync);
        Assert.InRange(with - Measure(services, static _ => { }, RespondAsync), Read - Saved, Read);
    }

    private static ServiceProvider Services()
    {
        ServiceCollection services = [];
        services.AddLogging();
        services.AddMillpond(static options => options.UseProvider(new FakeProvider(), "fake:it"));
        return services.BuildServiceProvider();
    }

    private static Task RespondAsync(HttpContext context) => context.Response.Body.WriteAsync(Hello).AsTask();

    private static async Task ReadAsync(HttpContext context)
    {
        var session = context.RequestServices.GetRequiredService<DbSession>();
        await using (var command = session.Connection.CreateCommand())
        {
            command.CommandText = "select 1";
            await command.ExecuteScalarAsync(context.RequestAborted);
        }

        await context.Response.Body.WriteAsync(Hello, context.RequestAborted);
    }

    private static long Measure(IServiceProvider services, Action<IApplicationBuilder> configure, RequestDelegate handler)
    {
        const int Requests = 1_000;
        var app = new ApplicationBuilder(services);
        configure(app);
        app.Run(handler);
        var pipeline = app.Build();
        for (var i = 0; i < 10; i++)
        {
            Request();   // warm
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Requests; i++)
        {
            Request();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Requests;   // the runtime adds something of its own, once

        void Request()
        {
            using var scope = services.CreateScope();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            Assert.True(pipeline(context).IsCompletedSuccessfully);
        }
    }
}
