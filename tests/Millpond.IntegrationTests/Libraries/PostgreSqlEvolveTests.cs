using System.Data.Common;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlEvolveTests : EvolveRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    protected override DbConnection OwnConnection() => new NpgsqlConnection(PostgresUrl.ToConnectionString(Database.Url));

    [Fact]
    public async Task F03_Evolve_does_not_recognise_a_sessions_PostgreSQL_connection()
    {
        using var folder = new ScriptFolder();
        await using var session = CreateBlockingEngine().OpenSession();
        var error = Assert.ThrowsAny<Exception>(() => Migrate(session.Connection, folder));
        Assert.Contains("not supported", $"{error}", StringComparison.Ordinal);
    }
}
