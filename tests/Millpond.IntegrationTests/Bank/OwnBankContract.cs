using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>For contracts that start, stop or damage a bank: each test has a database of its own.</summary>
public abstract class OwnBankContract : IAsyncLifetime
{
    private BankDatabase? _database;

    internal BankDatabase Database => _database!;

    public async ValueTask InitializeAsync() => _database = await CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await _database!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<BankDatabase> CreateDatabaseAsync();

    private protected static Task<BankDatabase> SqliteAsync() => Task.FromResult<BankDatabase>(new SqliteBankDatabase());

    private protected static async Task<BankDatabase> PostgresAsync() => await PostgresBankDatabase.CreateAsync();
}
