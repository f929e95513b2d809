using Xunit;

namespace Millpond.IntegrationTests.Bank;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgresLoadTests : LoadContract
{
    private protected override string[] OwnDatabase => ["--ConnectionStrings:bank", Database.Url];

    private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();
}
