using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond.AspNetCore.LivePage.Json;
using Millpond.Hosting;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Reads the numbers of all engines of a host, without a connection of their pools. For one caller at a
/// time.</summary>
internal sealed class LiveReader
{
    private static readonly DateTimeOffset Started = ReadStart();

    private readonly string _application;
    private readonly string _environment;
    private readonly TimeProvider _time;
    private readonly Lazy<DbEngine[]> _engines;
    private readonly Lazy<EngineReader[]> _readers;

    public LiveReader(IServiceProvider services, TimeProvider time)
    {
        var environment = services.GetRequiredService<IHostEnvironment>();
        (_application, _environment, _time) = (environment.ApplicationName, environment.EnvironmentName, time);

        // Not before the host creates them: it reports all invalid options together.
        var names = services.GetRequiredService<EngineNames>();
        _engines = new(() => [.. names.All.Select(name => services.GetRequiredKeyedService<DbEngine>(name))]);
        _readers = new(() => [.. _engines.Value.Select(static engine => new EngineReader(engine))]);
    }

    public IReadOnlyList<DbEngine> Engines => _engines.Value;

    public LiveSnapshot Read()
    {
        var now = _time.GetUtcNow();
        return new LiveSnapshot(
            now, _application, _environment, Environment.ProcessId, Started, [.. _readers.Value.Select(one => one.Read(now))]);
    }

    /// <summary>Reads all samples for the charts.</summary>
    public LiveCharts[] ReadCharts() => [.. _readers.Value.Select(static one => one.ReadCharts())];

    /// <summary>Reads the samples that were added since the last call.</summary>
    public LiveCharts[] ReadNewSamples() => [.. _readers.Value.Select(static one => one.ReadNewSamples())];

    private static DateTimeOffset ReadStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }
}
