using System.Diagnostics;
using Millpond;

namespace Bank.Startup;

/// <summary>Creates the tables before the server listens. Several programs may start on one database at the same
/// time.</summary>
internal sealed class BankSchema(DbEngine engine) : IHostedService
{
    /// <summary>How long to wait for a database, which is often started together with the programs that use it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await engine.RunAsync(CreateAsync, cancellationToken: cancellationToken);
                await engine.WarmUpAsync(cancellationToken);
                return;
            }
            catch (DatabaseUnavailableException) when (Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ids are never reused, not even after a row was deleted: hence <c>identity</c> and
    /// <c>autoincrement</c>.</summary>
    private Task CreateAsync(DbSession session, CancellationToken cancellationToken) =>
        engine.GetSnapshot().Provider == "SQLite"
            ? CreateAsync(session, Sql.Raw("integer primary key autoincrement"), cancellationToken)
            : CreateOneByOneAsync(session, cancellationToken);

    /// <summary>"If not exists" alone is a race on PostgreSQL: one of two concurrent statements fails.</summary>
    /// <remarks>The lock ends with the transaction.</remarks>
    private static async Task CreateOneByOneAsync(DbSession session, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync($"select pg_advisory_xact_lock(5080)", cancellationToken);
        await CreateAsync(session, Sql.Raw("bigint generated always as identity primary key"), cancellationToken);
    }

    /// <summary>There is no check against negative balances, because a transfer may cause one before it is rolled
    /// back.</summary>
    private static async Task CreateAsync(DbSession session, RawSql id, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            $"create table if not exists accounts (id {id}, owner text not null, balance bigint not null)", cancellationToken);
        await session.ExecuteAsync(
            $"""
            create table if not exists transfers (
                id {id},
                from_account bigint not null references accounts (id),
                to_account bigint not null references accounts (id),
                amount bigint not null)
            """,
            cancellationToken);
    }
}
