using Xunit;

namespace Millpond.IntegrationTests.Shop;

/// <summary>A shop that cannot start says so in one sentence on stderr, with exit code 1.</summary>
public sealed class FailedShopTests
{
    [Theory]
    [InlineData("ConnectionStrings:shop", "oracle://ada:geheim@127.0.0.1/shop")]
    [InlineData("Shop:Mail is not a setting", "sqlite:~/shop.db", "--Shop:Mail", "x")]
    [InlineData("Shop:Mails cannot be written", "sqlite:~/shop.db", "--Shop:Mails", "/nowhere/at/all.txt")]
    public async Task An_invalid_configuration_is_reported_in_one_line(string told, string database, params string[] more)
    {
        var folder = Directory.CreateTempSubdirectory("millpond-shop-");
        var mails = Path.Combine(folder.FullName, "mails.txt");
        database = database.Replace("~", folder.FullName, StringComparison.Ordinal);
        await using (var shop = ShopProcess.Launch(database, ["--Shop:Mails", mails, .. more]))
        {
            Assert.Equal((1, ""), (await shop.ExitAsync(), shop.Output.Trim()));
            Assert.StartsWith("The shop cannot start: ", shop.Errors, StringComparison.Ordinal);
            Assert.Contains(told, shop.Errors, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain('\n', shop.Errors);
            Assert.DoesNotContain("geheim", shop.Errors, StringComparison.Ordinal);
        }

        folder.Delete(recursive: true);
    }
}
