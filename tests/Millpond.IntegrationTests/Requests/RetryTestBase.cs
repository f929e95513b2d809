using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What the tests of retry stand on: sites whose requests may be tried again, and conflicts on demand.</summary>
public abstract class RetryTestBase(RequestDatabase database) : RequestTestBase(database)
{
    protected const int Retries = 2;

    private int _tries;

    /// <summary>Gets how many tries there were, as the endpoints counted them.</summary>
    protected int Tries => _tries;

    /// <summary>Counts a try; the present one's number from 1.</summary>
    protected int CountTry() => Interlocked.Increment(ref _tries);

    protected void ForgetTries() => _tries = 0;

    protected Task<TestSite> StartRetryingAsync(
        Action<WebApplication> map, Action<IServiceCollection>? services = null, Action<WebApplication>? outside = null) =>
        StartAsync(new SitePlan
        {
            Map = map,
            Engine = static options => options.Session.Retries = Retries,
            Services = services,
            Outside = outside,
        });

    /// <summary>Writes, and in the first try fails as the database does when another transaction is in the way.</summary>
    protected async Task WriteAsync(DbSession session)
    {
        await session.RunAsync(GoodInsert);
        if (CountTry() == 1)
        {
            await ConflictAsync(session);
        }
    }

    /// <summary>Meets a conflict: the server's own error, or, as SQLite has none on demand, the driver's.</summary>
    protected async Task ConflictAsync(DbSession session)
    {
        if (!Database.IsPostgres)
        {
            await session.UseProviderConnectionAsync<SqliteConnection>(
                static (_, _) => throw new SqliteException("made for this test", 5));
        }

        await session.RunAsync("do $$ begin raise exception 'made for this test' using errcode = '40001'; end $$");
    }

    protected static void AssertNotRetried(TestSite site, string why) => Assert.Contains(
        site.Log.Of(LogLevel.Information),
        line => line.Contains("and was not retried: " + why, StringComparison.Ordinal));
}
