using Microsoft.Data.Sqlite;
using Millpond.Providers;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>Opens and configures connections, each in its own lane.</summary>
internal sealed class SqliteOpening(SqliteFile file, SourceSettings settings)
{
    // Another process may lock the file briefly. A longer lock is an error.
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = settings.Time;
    private int _opened;

    /// <summary>Opens a connection.</summary>
    /// <param name="mustExist">Whether the file must exist.</param>
    /// <param name="cancellationToken">Cancels the wait for other processes.</param>
    /// <exception cref="DatabaseUnavailableException">It cannot be opened. The inner exception is the reason.</exception>
    public async Task<LaneConnection> OpenAsync(bool mustExist, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _opened);
        var text = mustExist ? file.ExistingConnectionString : file.ConnectionString;
        var lane = new SqliteLane($"Millpond {settings.EngineName} SQLite {number}", text, _time) { File = file };
        try
        {
            await lane.RunAsync(static (lane, _) => lane.Open(), lane).ConfigureAwait(false);
            await BusyWait.RunAsync(
                static (at, _) => at.lane.RunAsync(static (at, _) => SetUp(at.lane.Connection.Handle!, at.file), at),
                (lane, file),
                file.Name,
                BusyTimeout,
                _time,
                cancellationToken).ConfigureAwait(false);
            var connection = new LaneConnection(lane, file, _time, settings.Defaults.StatementTimeout);
            if (file.IsMemory)
            {
                await connection.RememberAsync().ConfigureAwait(false);
            }

            return connection;
        }
        catch (Exception error)
        {
            await lane.CloseAsync(static () => { }).ConfigureAwait(false);
            if (error is SqliteException)
            {
                throw DatabaseUnavailableException.Create(
                    file.Name, $"The database at {file.Name} cannot be opened. {error.Message}", error);
            }

            throw;
        }
    }

    /// <summary>Configures a connection, or throws if the file is locked.</summary>
    private static bool SetUp(sqlite3 handle, SqliteFile file)
    {
        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, LanePragmas.Text(file.Settings)));
        if (!file.IsMemory && !file.IsReadOnly)
        {
            SetJournalMode(handle, file);
        }

        // Fails now if this is not a database.
        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, "SELECT 1 FROM sqlite_schema LIMIT 1"));
        return true;
    }

    private static void SetJournalMode(sqlite3 handle, SqliteFile file)
    {
        var wanted = LanePragmas.NameOf(file.Settings.JournalMode);
        LaneSql.ThrowUnlessOk(handle, LaneSql.Read(handle, $"PRAGMA journal_mode={wanted}", out var actual));
        if (!wanted.Equals(actual, StringComparison.OrdinalIgnoreCase))
        {
            throw DatabaseUnavailableException.Create(
                file.Name,
                $"The database at {file.Name} cannot be opened: its journal mode '{actual}' could not be changed to " +
                $"'{wanted}'. A write-ahead log needs a local file system and write permission. Add " +
                $"?journal_mode={actual} to the URL, or ?mode=ro to read only.",
                LaneSql.Error(ResultCode.ReadOnly, "the journal mode cannot be changed"));
        }
    }
}
