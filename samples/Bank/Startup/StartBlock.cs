using System.Globalization;
using Bank.Transfers;
using Millpond;

namespace Bank.Startup;

/// <summary>The lines that the program prints when it is ready.</summary>
internal static class StartBlock
{
    private static readonly string Serializable = string.Create(
        CultureInfo.InvariantCulture, $"serializable, retried up to {TransferEndpoints.Retries} times after a conflict");

    public static string Describe(WebApplication app)
    {
        var engine = app.Services.GetRequiredService<DbEngine>().GetSnapshot();
        var settings = app.Services.GetRequiredService<BankSettings>();
        return $"""

              Millpond Bank
                address    {string.Join(", ", app.Urls)}
                provider   {engine.Provider}
                database   {engine.Server}
                pool       {engine.PoolSize} connections, {engine.MaxOverflow} more under load
                transfers  {(settings.Serializable ? Serializable : "the database's own isolation level")}
                receipts   {settings.Receipts ?? "none"}
                stop       Ctrl+C

            """;
    }
}
