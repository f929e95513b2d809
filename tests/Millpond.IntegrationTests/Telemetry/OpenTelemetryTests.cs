using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>What OpenTelemetry's SDK exports after <c>AddMillpondInstrumentation</c>.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class OpenTelemetryTests : SessionTestBase
{
    // Engines of other tests share the meter, so this one's name is unique.
    private readonly string _name = $"otel-{Guid.NewGuid():N}";

    [Fact]
    public async Task G20_OpenTelemetry_exports_session_spans_and_those_of_their_statements_in_the_trace_of_the_request()
    {
        List<Activity> exported = [];
        await using var services = Services(tracing => tracing.AddInMemoryExporter(exported), static _ => { });
        var tracing = services.GetRequiredService<TracerProvider>();

        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        request.Start();
        await RunAsync(services);
        request.Stop();

        tracing.Shutdown();
        var trace = exported.Where(one => one.TraceId == request.TraceId).ToList();
        var session = Assert.Single(trace, static one => one.Source.Name == "Millpond");
        var statements = trace.Where(static one => one.Source.Name == "Npgsql").ToList();
        Assert.Equal((request.SpanId, "committed"), (session.ParentSpanId, session.GetTagItem("millpond.session.outcome")));
        Assert.NotEmpty(statements);
        Assert.All(statements, one => Assert.Equal(request.SpanId, one.ParentSpanId));
        Assert.Contains(
            statements.Select(static one => (string?)one.GetTagItem("db.query.text") ?? ""),
            static text => text.Contains("insert into users", StringComparison.Ordinal));
    }

    [Fact]
    public async Task G20_OpenTelemetry_exports_the_metrics_of_the_engine_and_of_Npgsql()
    {
        List<MetricSnapshot> exported = [];
        await using var services = Services(static _ => { }, metrics => metrics.AddInMemoryExporter(exported));
        var metrics = services.GetRequiredService<MeterProvider>();
        await RunAsync(services);

        metrics.ForceFlush();

        var ours = exported.Where(static one => one.MeterName == "Millpond").ToList();
        Assert.Subset(
            ours.Select(static one => one.Name).ToHashSet(StringComparer.Ordinal),
            new HashSet<string>(["db.client.connection.wait_time", "db.client.connection.use_time", "millpond.sessions"]));
        var waits = ours.First(static one => one.Name == "db.client.connection.wait_time");
        Assert.Contains(waits.MetricPoints, point => PoolOf(point) == _name && point.GetHistogramCount() == 1);
        Assert.Contains("db.client.operation.duration", exported.Where(static one => one.MeterName == "Npgsql")
            .Select(static one => one.Name));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private static string? PoolOf(MetricPoint point)
    {
        foreach (var tag in point.Tags)
        {
            if (tag.Key == "db.client.connection.pool.name")
            {
                return (string?)tag.Value;
            }
        }

        return null;
    }

    private ServiceProvider Services(Action<TracerProviderBuilder> trace, Action<MeterProviderBuilder> measure)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddMillpond(_name, Database.Configure);
        services.AddOpenTelemetry()
            .WithTracing(tracing => trace(tracing.AddMillpondInstrumentation()))
            .WithMetrics(metrics => measure(metrics.AddMillpondInstrumentation()));
        var built = services.BuildServiceProvider();
        _ = (built.GetRequiredService<TracerProvider>(), built.GetRequiredService<MeterProvider>());
        return built;
    }

    private Task<int> RunAsync(ServiceProvider services) => services.GetRequiredKeyedService<DbEngine>(_name).RunAsync(
        static (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token), cancellationToken: Token);
}
