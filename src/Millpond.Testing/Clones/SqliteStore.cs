using Microsoft.Data.Sqlite;
using Millpond.Testing.Templates;

namespace Millpond.Testing.Clones;

/// <summary>SQLite files for tests: a copy for each, which is cheaper than a reset.</summary>
internal sealed class SqliteStore : DatabaseStore
{
    private readonly SqliteFiles _files;
    private readonly string _template;
    private readonly DatabasesOptions _options;
    private readonly DatabasePermits _permits;
    private int _count;
    private int _isDisposed;

    private SqliteStore(SqliteFiles files, string template, DatabasesOptions options)
    {
        (_files, _template, _options) = (files, template, options);
        _permits = new DatabasePermits(options.MaxDatabases, options.AcquireTimeout);
    }

    public override bool OutlivesProcess => true;

    public static async Task<SqliteStore> OpenAsync(
        DatabaseTemplate template, DatabasesOptions options, CancellationToken cancellationToken)
    {
        var files = SqliteFiles.Open();
        try
        {
            var file = await SqliteTemplate.EnsureAsync(template, files.Templates, cancellationToken).ConfigureAwait(false);
            return new SqliteStore(files, file, options);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public override async Task<OwnedDatabase> AcquireAsync(
        TestIsolation isolation, string test, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(Databases));
        await _permits.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var created = Create();
            _permits.Hold(created, test);
            return created;
        }
        catch
        {
            _permits.Leave();
            throw;
        }
    }

    public override Task<OwnedDatabase> AcquireExtraAsync(CancellationToken cancellationToken)
    {
        var database = Create();
        database.IsExtra = true;
        return Task.FromResult<OwnedDatabase>(database);
    }

    public override Task ReleaseAsync(OwnedDatabase database)
    {
        Run(() => DeleteAsync(database));
        return Task.CompletedTask;
    }

    public override async Task<string> KeepAsync(OwnedDatabase database)
    {
        await CloseAsync(database).ConfigureAwait(false);
        var kept = Path.Combine(
            _files.Templates, $"kept-{DateTime.UtcNow:yyyyMMdd-HHmmss-fff}-{Path.GetFileName(database.Name)}");
        File.Move(database.Name, kept);
        var oldest = Directory.GetFiles(_files.Templates, "kept-*")
            .OrderDescending(StringComparer.Ordinal).Skip(_options.MaxKept);
        foreach (var file in oldest)
        {
            File.Delete(file);
        }

        Leave(database);
        return $"sqlite3 {kept}";
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await EndBackgroundAsync().ConfigureAwait(false);
            foreach (var holder in _permits.Holders)
            {
                _options.Output($"Millpond.Testing: {holder} has not disposed its database. Write: await using var db = …");
            }

            _files.Dispose();
            _permits.Dispose();
        }
    }

    private async Task DeleteAsync(OwnedDatabase database)
    {
        try
        {
            await CloseAsync(database).ConfigureAwait(false);
            File.Delete(database.Name);
            File.Delete(database.Name + "-wal");
            File.Delete(database.Name + "-shm");
        }
        catch (DirectoryNotFoundException)
        {
            // The databases were disposed before this one, and the folder with them.
        }
        catch (IOException error)
        {
            _options.Output($"Millpond.Testing: {database.Name} could not be deleted; the next run will: {error.Message}");
        }
        finally
        {
            Leave(database);
        }
    }

    private SqliteDatabase Create()
    {
        try
        {
            var file = Path.Combine(_files.Folder, FormattableString.Invariant($"{Interlocked.Increment(ref _count)}.db"));
            File.Copy(_template, file);
            return new SqliteDatabase(file, _template, _options.ConfigureEngine);
        }
        catch (IOException error)
        {
            throw new TestDatabaseException(
                $"The template could not be copied to {_files.Folder}: {error.Message} Free space there.", error);
        }
    }

    private void Leave(OwnedDatabase database)
    {
        if (!database.IsExtra)
        {
            _permits.Leave(database);
        }
    }

    private static async Task CloseAsync(OwnedDatabase database)
    {
        await database.Engine.DisposeAsync().ConfigureAwait(false);
        if (database.IsShared)
        {
            using var other = new SqliteConnection(database.ConnectionString);
            SqliteConnection.ClearPool(other);   // not ClearAllPools, which would hit other tests
        }
    }
}
