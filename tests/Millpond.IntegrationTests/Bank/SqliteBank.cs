using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>The shared bank on SQLite.</summary>
[CollectionDefinition(Name)]
public sealed class SqliteBank : BankFixture, ICollectionFixture<SqliteBank>
{
    public const string Name = "The bank on SQLite";

    private protected override Task<BankDatabase> CreateDatabaseAsync() =>
        Task.FromResult<BankDatabase>(new SqliteBankDatabase());
}
