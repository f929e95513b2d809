using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>Hands out the one connection of a sandbox, again and again.</summary>
internal sealed class SandboxSource(ConnectionSource inner) : ConnectionSource
{
    /// <summary>Gets or sets the connection with the outer transaction; null: none is open.</summary>
    public ProviderConnection? Outer { get; set; }

    public override DatabaseDialect Dialect => inner.Dialect;

    public override DbProviderFactory Factory => inner.Factory;

    public override string PublicConnectionString => inner.PublicConnectionString;

    public override string Server => inner.Server;

    public override string Database => inner.Database;

    public override DbParameter CreateParameter<T>(string name, T? value)
        where T : default => inner.CreateParameter(name, value);

    public override int LimitPermits(int wanted) => 1;

    public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken) =>
        new(new SandboxConnection(Outer ?? throw new InvalidOperationException(
            "The sandbox is over: its test has ended. Await everything that the test starts.")));

    public override ValueTask ReturnAsync(ProviderConnection connection) => default;   // the sandbox keeps it

    public override Task CloseIdleAsync() => Task.CompletedTask;

    public override Task ProbeAsync(CancellationToken cancellationToken) => inner.ProbeAsync(cancellationToken);

    public override ValueTask DisposeAsync() => default;   // the inner one is not the sandbox's
}
