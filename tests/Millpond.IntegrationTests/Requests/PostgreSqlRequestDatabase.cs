using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Requests;

/// <inheritdoc/>
public sealed class PostgreSqlRequestDatabase : RequestDatabase
{
    protected override Task<ScratchDatabase> CreateAsync() => ScratchDatabase.PostgreSqlAsync();
}
