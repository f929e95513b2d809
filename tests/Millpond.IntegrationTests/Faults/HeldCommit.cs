using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A table whose rows cannot be committed while somebody beside the proxy says so: COMMIT itself waits.</summary>
public sealed class HeldCommit(ProxiedDatabase database) : IAsyncDisposable
{
    private bool _isHeld;

    public static async Task<HeldCommit> HoldAsync(ProxiedDatabase database)
    {
        await database.LookAsync(
            """
            create table if not exists held (id uuid primary key);
            create or replace function wait() returns trigger language plpgsql as
                'begin perform pg_advisory_xact_lock(4711); return null; end';
            drop trigger if exists wait on held;
            create constraint trigger wait after insert on held deferrable initially deferred
                for each row execute function wait();
            select 0
            """);
        await database.LookAsync("select length(pg_advisory_lock(4711)::text)");
        return new HeldCommit(database) { _isHeld = true };
    }

    public static Task InsertAsync(DbSession session, Guid id, CancellationToken token) =>
        session.RunAsync($"insert into held values ('{id}')", token);

    /// <summary>Waits until a COMMIT waits.</summary>
    public async Task UntilCommittingAsync()
    {
        while (await database.LookAsync(
            "select count(*) from pg_locks l join pg_database d on d.oid = l.database " +
            "where d.datname = current_database() and l.locktype = 'advisory' and l.objid = 4711 and not l.granted") == 0)
        {
            await Task.Delay(2);
        }

        // What the server had said before it began to wait is on its way to the client yet.
        for (var (before, quiet) = (-1, 0); quiet < 10; await Task.Delay(5))
        {
            var passed = database.Proxy.Passed;
            (before, quiet) = (passed, passed == before ? quiet + 1 : 0);
        }
    }

    /// <summary>Lets what waits go on.</summary>
    public async Task LetGoAsync()
    {
        if (_isHeld)
        {
            _isHeld = false;
            await database.LookAsync("select pg_advisory_unlock(4711)::int");
        }
    }

    public async Task<bool> IsThereAsync(Guid id)
    {
        await database.AtRestAsync("the held commit");
        return await database.LookAsync($"select count(*) from held where id = '{id}'") == 1;
    }

    public async ValueTask DisposeAsync() => await LetGoAsync();
}
