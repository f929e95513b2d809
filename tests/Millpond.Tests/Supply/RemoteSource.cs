using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Tests.Sessions;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>A database far away whose openings end when the test says so.</summary>
internal sealed class RemoteSource : ConnectionSource
{
    private readonly ConcurrentStack<ProviderConnection> _idle = new();
    private readonly List<TaskCompletionSource<ProviderConnection>> _openings = [];

    /// <summary>Gets the openings that have begun, the oldest first; a test ends them.</summary>
    /// <remarks>A copy: several may begin at once.</remarks>
    public IReadOnlyList<TaskCompletionSource<ProviderConnection>> Openings
    {
        get
        {
            lock (_openings)
            {
                return [.. _openings];
            }
        }
    }

    /// <summary>Gets what the openings saw of the callers' flow.</summary>
    public List<string?> Flows { get; } = [];

    public AsyncLocal<string?> Flow { get; } = new();

    public int Knocks { get; private set; }

    /// <summary>Gets or sets what a knock meets; null: it succeeds.</summary>
    public Exception? ProbeFailure { get; set; }

    public int Idle => _idle.Count;

    /// <summary>Gets or sets what beginning anew meets; null: nothing.</summary>
    public Exception? BeginFailure { get; set; }

    /// <summary>Gets how often all began anew after an outage.</summary>
    public int Begun { get; private set; }

    public override DatabaseDialect Dialect { get; } = new FakeDialect(new FakeProvider());

    public override DbProviderFactory Factory => SqliteFactory.Instance;

    public override string PublicConnectionString => "far";

    public override string Server => "far:1/db";

    public override string Database => "db";

    public override bool IsRemote => true;

    public static DatabaseUnavailableException Down() =>
        DatabaseUnavailableException.CannotConnect("far:1/db", new IOException("Nobody is there."), meansDown: true);

    public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        if (_idle.TryPop(out var idle))
        {
            return new(idle);
        }

        var opening = new TaskCompletionSource<ProviderConnection>();
        lock (_openings)
        {
            _openings.Add(opening);
        }

        return new(OpenAsync(opening.Task));
    }

    public override ValueTask ReturnAsync(ProviderConnection connection)
    {
        if (connection.IsReusable)
        {
            (connection as FarConnection)?.NoteReturn();
            _idle.Push(connection);
        }

        return ValueTask.CompletedTask;
    }

    public override Task ProbeUnpooledAsync(CancellationToken cancellationToken)
    {
        Knocks++;
        return ProbeFailure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    public override void ResetPool()
    {
        Begun++;
        if (BeginFailure is { } failure)
        {
            throw failure;
        }
    }

    public override Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Goes on where the network answers, as a driver does.</summary>
    private async Task<ProviderConnection> OpenAsync(Task<ProviderConnection> answer)
    {
        var connection = await answer;
        Flows.Add(Flow.Value);
        return connection;
    }
}
