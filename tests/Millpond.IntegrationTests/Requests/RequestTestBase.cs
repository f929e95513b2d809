using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What the tests of requests stand on: an empty database with two tables, and sites that run on it.</summary>
public abstract class RequestTestBase(RequestDatabase database) : IAsyncLifetime
{
    /// <summary>Breaks a constraint that is looked at by COMMIT only.</summary>
    public const string FailingInsert = "insert into posts (author) values (77)";

    public const string GoodInsert = "insert into users (name) values ('ada')";

    /// <summary>How long anything may take that happens soon by itself.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<TestSite> _sites = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected RequestDatabase Database => database;

    public async ValueTask InitializeAsync()
    {
        await database.ExecuteAsync("delete from posts");
        await database.ExecuteAsync("delete from users");
    }

    /// <summary>Ends the sites; whatever a test was about, none of them holds anything any more (G06).</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var site in _sites)
        {
            await NothingHeldAsync(site.Engine);
            await site.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected async Task<TestSite> StartAsync(SitePlan plan)
    {
        var site = await TestSite.StartAsync(database, plan);
        _sites.Add(site);
        return site;
    }

    protected Task<TestSite> StartAsync(Action<WebApplication> map, Action<EngineOptions>? engine = null) =>
        StartAsync(new SitePlan { Map = map, Engine = engine });

    /// <summary>Counts rows on another engine, so that only what is committed counts.</summary>
    protected Task<long> CountAsync(string table) => database.ScalarAsync($"select count(*) from {table}");

    /// <summary>Waits for something that happens soon by itself: polled, because nothing announces it.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> happened, string what)
    {
        var end = DateTime.UtcNow + Patience;
        while (!await happened())
        {
            Assert.True(DateTime.UtcNow < end, $"It took more than {Patience.TotalSeconds} s until {what}.");
            await Task.Delay(5, Token);
        }
    }

    protected static Task UntilAsync(Func<bool> happened, string what) => UntilAsync(() => Task.FromResult(happened()), what);

    /// <summary>Asserts that nothing is held any more; a clean-up in the background is given a moment.</summary>
    protected static Task NothingHeldAsync(DbEngine engine) => UntilAsync(
        () => engine.GetSnapshot() is { InUse: 0, Holders.Count: 0, Waiting: 0, WaitingToWrite: 0, IsWriting: false },
        "nothing was held any more");
}
