using Millpond;

namespace Shop.Startup;

/// <summary>The lines that the program prints when it is ready.</summary>
internal static class StartBlock
{
    public static string Describe(WebApplication app, ShopHost host)
    {
        var engine = app.Services.GetRequiredService<DbEngine>().GetSnapshot();
        return $"""

              Millpond Shop
                pages      {host.Pages}
                gRPC       {host.Grpc}
                provider   {engine.Provider}
                database   {engine.Server}
                mails      {app.Services.GetRequiredService<ShopSettings>().Mails}
                stop       Ctrl+C

            """;
    }
}
