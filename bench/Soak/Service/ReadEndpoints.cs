
namespace Millpond.Soak.Service;

/// <summary>Endpoints that read the books.</summary>
internal static class ReadEndpoints
{
    public const string Total = "/total";
    public const string Slow = "/slow";
    public const string Accounts = "/accounts";

    public static void MapReads(this WebApplication app)
    {
        app.MapGet(Total, (DbSession session, CancellationToken cancellationToken) =>
            session.QuerySingleAsync<long>($"select sum(balance)::bigint from accounts", cancellationToken));
        app.MapGet(Slow, async (int ms, DbSession session, CancellationToken cancellationToken) =>
        {
            await session.ExecuteAsync($"select slow({ms / 1000.0})", cancellationToken);
            return "done";
        });
        app.MapGet(Accounts, (DbSession session, CancellationToken cancellationToken) =>
            session.StreamAsync<Account>($"select id, balance from accounts order by id", cancellationToken));
    }
}
