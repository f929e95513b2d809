using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>One bank that the tests of a collection share; each makes its own accounts in it.</summary>
public abstract class BankFixture : IAsyncLifetime
{
    private BankProcess? _process;
    private BankDatabase? _database;
    private BankClient? _client;

    internal BankDatabase Database => _database!;

    internal BankClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        _database = await CreateDatabaseAsync();
        _process = await BankProcess.ServeAsync(_database.Url);
        _client = _process.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await (_process?.DisposeAsync() ?? default);
        await (_database?.DisposeAsync() ?? default);
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<BankDatabase> CreateDatabaseAsync();
}
