using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Requests;

/// <inheritdoc/>
public sealed class SqliteRequestDatabase : RequestDatabase
{
    protected override Task<ScratchDatabase> CreateAsync() => ScratchDatabase.SqliteAsync();
}
