using Millpond;

namespace Shop.Database;

/// <summary>Which of its two databases the shop is on.</summary>
internal static class EngineProvider
{
    public static bool IsSqlite(this DbEngine engine) => engine.GetSnapshot().Provider == "SQLite";
}
