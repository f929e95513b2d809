using System.Collections.Concurrent;
using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Benchmarks.Fakes;

/// <summary>A source of connections that do nothing.</summary>
internal sealed class IdleSource : ConnectionSource
{
    private readonly ConcurrentStack<ProviderConnection> _pool = new();

    public override DatabaseDialect Dialect { get; } = new IdleDialect();

    public override DbProviderFactory Factory { get; } = new IdleFactory();

    public override string PublicConnectionString => "idle";

    public override string Server => "idle";

    public override string Database => "idle";

    public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken) =>
        new(_pool.TryPop(out var pooled) ? pooled : new IdleConnection());

    public override ValueTask ReturnAsync(ProviderConnection connection)
    {
        _pool.Push(connection);
        return ValueTask.CompletedTask;
    }

    public override Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class IdleFactory : DbProviderFactory
    {
        public override DbCommand CreateCommand() => new IdleCommand();
    }
}
