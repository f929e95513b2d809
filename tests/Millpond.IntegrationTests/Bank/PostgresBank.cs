using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>The shared bank on PostgreSQL.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresBank : BankFixture, ICollectionFixture<PostgresBank>
{
    public const string Name = "The bank on PostgreSQL";

    private protected override async Task<BankDatabase> CreateDatabaseAsync() => await PostgresBankDatabase.CreateAsync();
}
