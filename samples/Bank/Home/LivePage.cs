using Bank.Startup;

namespace Bank.Home;

/// <summary>The page that shows the pool: who holds its connections, who waits, and what to do.</summary>
internal static class LivePage
{
    private const string Path = "/millpond";

    /// <summary>Maps it in Development for this machine, elsewhere only if the setting allows everyone to read it.</summary>
    /// <returns>Its path; null if it is not mapped.</returns>
    public static string? MapLivePage(this WebApplication bank, BankSettings settings)
    {
        if (!(settings.LivePage ?? bank.Environment.IsDevelopment()))
        {
            return null;
        }

        var page = bank.MapMillpond(Path);
        if (settings.LivePage == true)
        {
            page.AllowUnauthenticated();
        }

        return Path;
    }
}
