using Xunit;

namespace Millpond.Testing.Tests.Servers;

/// <summary>One server for the tests that look at a whole server; they run one at a time.</summary>
public sealed class OwnServerFixture : IAsyncLifetime
{
    internal OwnServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await OwnServer.StartAsync(
        "max_connections = 200", "logging_collector = on", "log_statement = ddl", "log_filename = 'ddl.log'");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
