using System.Collections.Concurrent;
using System.Data.Common;
using Millpond.Sqlite.Lanes;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Watches how often a session needs its connection's thread.</summary>
public abstract class HopTestBase : SqliteTestBase
{
    /// <summary>What stands for a hop that is not a command's: the end of a transaction, a savepoint.</summary>
    protected const string Boundary = "(boundary)";

    private const string Marker = "select 'marker'";

    protected async Task<string[]> HopsOfAsync(DbEngine engine, Func<Task> work)
    {
        ConcurrentQueue<string> seen = [];
        using (Watch(seen.Enqueue))
        {
            await work();
            await engine.RunAsync(static (session, token) => ScalarAsync<string>(session, Marker, token), ReadOnly, Token);
            return [.. seen.TakeWhile(static text => text != Marker)];
        }
    }

    protected IDisposable Watch(Action<string> see)
    {
        Action<SqliteLane, LaneWork> watcher = (lane, work) =>
        {
            if (lane.File.Name == File)
            {
                see((work.Target as DbCommand)?.CommandText ?? Boundary);
            }
        };
        SqliteLane.Watcher += watcher;
        return new Unwatch(watcher);
    }

    private sealed class Unwatch(Action<SqliteLane, LaneWork> watcher) : IDisposable
    {
        public void Dispose() => SqliteLane.Watcher -= watcher;
    }
}
