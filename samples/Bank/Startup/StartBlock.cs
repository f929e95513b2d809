using Millpond.Engine;

namespace Bank.Startup;

/// <summary>What the program prints once it serves.</summary>
internal static class StartBlock
{
    public static string Describe(WebApplication app)
    {
        var engine = app.Services.GetRequiredService<DbEngine>().GetSnapshot();
        return $"""

              Millpond Bank
                address    {string.Join(", ", app.Urls)}
                provider   {engine.Provider}
                database   {engine.Server}
                pool       {engine.PoolSize} connections, {engine.MaxOverflow} more under load
                stop       Ctrl+C

            """;
    }
}
