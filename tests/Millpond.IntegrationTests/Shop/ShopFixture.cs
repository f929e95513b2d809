using System.Globalization;
using Millpond.IntegrationTests.Bank;
using Xunit;

namespace Millpond.IntegrationTests.Shop;

/// <summary>One shop that the tests of a class share, with an empty database at first.</summary>
public abstract class ShopFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-shop-mails-");
    private BankDatabase? _database;
    private ShopProcess? _process;

    internal ShopProcess Shop => _process!;

    private string Mails => Path.Combine(_folder.FullName, "mails.txt");

    public async ValueTask InitializeAsync()
    {
        _database = await CreateDatabaseAsync();
        await StartAsync();
    }

    /// <summary>Ends the shop in order and starts it again on the same database.</summary>
    internal async Task RestartAsync()
    {
        Assert.Equal(0, await Shop.StopAsync());
        await Shop.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Reads the mails to whoever has this in the address.</summary>
    internal async Task<string[]> MailsAsync(string to) =>
        [.. (await File.ReadAllLinesAsync(Mails)).Where(line => line.Contains(to, StringComparison.Ordinal))];

    internal async Task<long> NumberAsync(string sql)
    {
        await using var connection = await _database!.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? default);
        await (_database?.DisposeAsync() ?? default);
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<BankDatabase> CreateDatabaseAsync();

    private async Task StartAsync() => _process = await ShopProcess.ServeAsync(_database!.Url, Mails);
}
