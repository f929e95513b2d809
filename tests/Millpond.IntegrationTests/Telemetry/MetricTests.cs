using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Telemetry;

/// <summary>The metrics and spans of an engine, as a listener sees them.</summary>
public sealed class MetricTests : SessionTestBase
{
    // Engines of other tests share the meter, so this one's name is unique.
    private readonly string _name = $"metrics-{Guid.NewGuid():N}";
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _measured = new();

    [Fact]
    public async Task G20_A_listener_sees_waits_uses_outcomes_states_and_limits()
    {
        await using var services = Services(static options => (options.PoolSize, options.MaxOverflow) = (2, 1));
        var engine = services.GetRequiredKeyedService<DbEngine>(_name);
        using var listener = Listen(engine);
        await engine.RunAsync((session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token), Token);
        await using var open = engine.OpenSession();
        await ScalarAsync<long>(open, "select 1", Token);

        listener.RecordObservableInstruments();

        Assert.Equal(2, Values("db.client.connection.wait_time").Count);
        Assert.Single(Values("db.client.connection.use_time"));
        Assert.Equal([1], Values("millpond.session.commands"));
        Assert.Equal([1], Values("db.client.connection.count", "db.client.connection.state=used"));
        Assert.Empty(Values("db.client.connection.count", "db.client.connection.state=idle"));   // SQLite's are not counted
        Assert.Equal([3], Values("db.client.connection.limit"));
        Assert.Equal([0], Values("db.client.connection.pending_requests"));
        Assert.Equal([0], Values("db.client.connection.timeouts"));
        Assert.Equal([1], Values("millpond.sessions", "millpond.session.outcome=committed"));
        Assert.Equal([0], Values("millpond.sessions", "millpond.session.outcome=rolled_back"));
        Assert.Equal([2], Values("millpond.permits", "millpond.permit.kind=connection,millpond.permit.state=free"));
        Assert.Equal([1], Values("millpond.permits", "millpond.permit.kind=write,millpond.permit.state=used"));
        Assert.Equal([1], Values("millpond.database.available"));
    }

    [Fact]
    public async Task G20_A_disposed_engine_is_no_longer_measured()
    {
        await using var services = Services();
        var engine = services.GetRequiredKeyedService<DbEngine>(_name);
        using var listener = Listen(engine);
        await engine.DisposeAsync();

        listener.RecordObservableInstruments();

        Assert.Empty(_measured);
    }

    [Fact]
    public async Task G20_A_session_span_has_events_for_wait_first_command_and_commit_and_is_never_current()
    {
        ConcurrentQueue<Activity> spans = new();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Millpond",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var request = new Activity("request").Start();
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                Assert.Same(request, Activity.Current);
            },
            Token);
        Assert.Same(request, Activity.Current);

        var span = Assert.Single(spans, one => one.TraceId == request.TraceId);
        Assert.Equal(("session", ActivityKind.Internal, request.SpanId), (span.DisplayName, span.Kind, span.ParentSpanId));
        Assert.Equal(["granted", "first_command", "commit"], span.Events.Select(one => one.Name).Where(name => name != "queued"));
        Assert.Equal("committed", span.GetTagItem("millpond.session.outcome"));
        Assert.Equal("default", span.GetTagItem("db.client.connection.pool.name"));
    }

    [Fact]
    public async Task G20_The_span_of_a_session_that_got_no_connection_has_the_error()
    {
        ConcurrentQueue<Activity> spans = new();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Millpond",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var engine = CreateEngine(static options =>
            (options.PoolSize, options.MaxOverflow, options.PoolTimeout) = (1, 0, TimeSpan.FromMilliseconds(100)));
        await engine.WarmUpAsync(Token);
        await using var holder = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        await ScalarAsync<long>(holder, "select 1", Token);
        using var request = new Activity("request").Start();
        await using var waiter = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        await Assert.ThrowsAsync<PoolTimeoutException>(() => ScalarAsync<long>(waiter, "select 1", Token));

        var span = Assert.Single(spans, one => one.TraceId == request.TraceId);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("Millpond.PoolTimeoutException", span.GetTagItem("error.type"));
        Assert.Equal(GateEventKind.TimedOut, engine.GetBlackBox().Reason);
    }

    [Fact]
    public async Task S06_Throwing_listeners_leak_no_connection()
    {
        await using var services = Services(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var engine = services.GetRequiredKeyedService<DbEngine>(_name);
        var calls = 0;
        using var spans = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Millpond",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => ThrowIf(_name.Equals(span.GetTagItem("db.client.connection.pool.name"))),
        };
        ActivitySource.AddActivityListener(spans);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Millpond")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) => ThrowIf(tags.ToArray().Any(tag => _name.Equals(tag.Value))));
        listener.Start();
        for (var i = 1; i <= 3; i++)
        {
            var insert = $"insert into users values ({i}, '{i}')";
            await engine.RunAsync((session, token) => ExecuteAsync(session, insert, token), Token);
        }

        Assert.Equal((3L, 0), (await CountUsersAsync(), engine.GetSnapshot().InUse));
        Assert.InRange(calls, 12, int.MaxValue);   // a wait, a use, an idle time and a span of each

        void ThrowIf(bool mine)
        {
            if (mine)
            {
                calls++;
                throw new InvalidTimeZoneException("thrown by a listener");
            }
        }
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    private ServiceProvider Services(Action<EngineOptions>? configure = null) => new ServiceCollection().AddLogging()
        .AddMillpond(_name, options =>
        {
            Database.Configure(options);
            configure?.Invoke(options);
        }).BuildServiceProvider();

    private MeterListener Listen(DbEngine engine)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Millpond")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(engine, instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(engine, instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(engine, instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Note(
        DbEngine engine, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string)tag.Value!);
        if (all.Remove("db.client.connection.pool.name", out var pool) && pool == engine.Name)
        {
            _measured.Enqueue((instrument.Name, value, string.Join(',', all.Select(tag => $"{tag.Key}={tag.Value}"))));
        }
    }

    private List<double> Values(string name, string tags = "") =>
        [.. _measured.Where(one => one.Name == name && one.Tags == tags).Select(one => one.Value)];
}
