using System.Data;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Rows;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <content>The ends of a transaction, as they are done on the lane's thread.</content>
internal sealed partial class LaneConnection
{
    private int Begin()
    {
        if (_isWriter)
        {
            return OkOrBusy(LaneSql.Execute(Handle, "BEGIN IMMEDIATE"));
        }

        // The snapshot is taken at once, so that what the session reads does not depend on when it reads first.
        var code = LaneSql.Execute(Handle, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
        if (code == ResultCode.Ok)
        {
            return code;
        }

        var message = raw.sqlite3_errmsg(Handle).utf8_to_string();
        _ = LaneSql.Execute(Handle, "ROLLBACK");
        return ResultCode.Primary(code) == ResultCode.Busy ? code : throw LaneSql.Error(code, message);
    }

    private bool TakeWriteLock()
    {
        // Begins to write without writing anything, and needs no table; the driver would sleep and try again when it is busy.
        LaneSql.ThrowUnlessOk(Handle, LaneSql.Execute(Handle, "PRAGMA incremental_vacuum(1)"));
        return true;
    }

    private int Commit()
    {
        ReleaseReaders();
        if (_isWriter && !IsCurrent)
        {
            _isDoubtful = true;
            throw FileFault.HasMoved(_file);
        }

        var code = OkOrBusy(LaneSql.Execute(Handle, "COMMIT"));
        if (code == ResultCode.Ok)
        {
            ForgetSession();
        }

        return code;
    }

    private bool Rollback()
    {
        ReleaseReaders();
        if (Lane.Connection.State != ConnectionState.Open)
        {
            return true;   // somebody closed the driver's connection, which rolled back
        }

        if (raw.sqlite3_get_autocommit(Handle) == 0)
        {
            LaneSql.ThrowUnlessOk(Handle, LaneSql.Execute(Handle, "ROLLBACK"));
        }

        ForgetSession();
        return true;
    }

    private void ForgetSession()
    {
        NativeSqlite.SetLastInsertRowId(Handle, 0);
        AllowWrites();
    }

    /// <summary>Does what OnBegin says.</summary>
    private async ValueTask ExecuteAsync(IReadOnlyList<string>? statements, CancellationToken cancellationToken)
    {
        _begins = true;
        try
        {
            foreach (var statement in statements ?? [])
            {
                using var command = new SqliteCommand(statement);
                await ExecuteNonQueryAsync(command, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (WriterNeededException)
        {
            throw new NotSupportedException(
                "A statement of OnBegin writes, and the session does not begin as a writer. Open it with Access = ReadWrite " +
                "and Mode = Transaction.");
        }
        finally
        {
            _begins = false;
        }
    }

    /// <summary>Ends what still reads: a statement left open would keep its old snapshot for the next session.</summary>
    private void ReleaseReaders()
    {
        foreach (var reader in (LaneReader[])[.. OpenReaders])
        {
            reader.Release();
        }
    }

    private int OkOrBusy(int code)
    {
        if (ResultCode.Primary(code) != ResultCode.Busy)
        {
            LaneSql.ThrowUnlessOk(Handle, code);
        }

        return code;
    }

    private void AllowWrites()
    {
        if (_queryOnly)
        {
            LaneSql.ThrowUnlessOk(Handle, LaneSql.Execute(Handle, "PRAGMA query_only=OFF"));
            _queryOnly = false;
        }
    }
}
