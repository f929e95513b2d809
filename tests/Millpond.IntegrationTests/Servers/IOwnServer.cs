namespace Millpond.IntegrationTests.Servers;

/// <summary>A server that belongs to one test, to stop and to start again under the same URL.</summary>
internal interface IOwnServer : IDisposable
{
    Task StartAgainAsync();

    Task StopAsync(PostgresStop mode);
}
