using Millpond;

namespace Shop.Database;

/// <summary>Determines which database the shop uses.</summary>
internal static class EngineProvider
{
    public static bool IsSqlite(this DbEngine engine) => engine.GetSnapshot().Provider == "SQLite";
}
