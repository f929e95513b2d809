using System.Data;
using System.Data.Common;
using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>One use of the driver's own connection (F06), run on the lane's thread and checked afterwards.</summary>
/// <remarks>A savepoint that is set before shows afterwards whether the transaction is still the same.</remarks>
internal sealed class LaneUse<TResult>(
    SqliteLane lane,
    Func<DbConnection, CancellationToken, Task<TResult>> work,
    bool writes,
    bool queriesOnly,
    CancellationToken cancellationToken)
{
    private readonly LaneContext _context = new(lane, work, cancellationToken);
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private sqlite3? _handle;

    /// <summary>Gets whether the work ended the transaction or left something open.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Gets whether the work closed the connection, even if it reopened it.</summary>
    public bool IsClosed { get; private set; }

    public async Task<TResult> RunAsync()
    {
        await lane.RunAsync(static (self, _) => self.Prepare(), this).ConfigureAwait(false);
        var flow = ExecutionContext.Capture();
        ContextCallback start = _ => _ = ForwardAsync();
        _context.Post(flow is null ? start.Invoke : _ => ExecutionContext.Run(flow, start, null), null);
        try
        {
            var result = await _done.Task.ConfigureAwait(false);
            if (_context.Lost is { } lost)
            {
                ExceptionDispatchInfo.Throw(lost);
            }

            await lane.RunAsync(static (self, _) => self.Check(), this).ConfigureAwait(false);
            return result;
        }
        catch (Exception error)
        {
            await lane.RunAsync(static (self, _) => self.FindViolation() is null, this).ConfigureAwait(false);
            if (error is not SqliteException own)
            {
                throw;
            }

            if (own.SqliteErrorCode == ResultCode.Interrupt && cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException("The work was interrupted.", error, cancellationToken);
            }

            if (Advice(own) is { } advice)
            {
                throw new SqliteException($"{error.Message} {advice}", own.SqliteErrorCode, own.SqliteExtendedErrorCode);
            }

            throw;
        }
    }

    private string? Advice(SqliteException error) => error.SqliteErrorCode switch
    {
        ResultCode.ReadOnly when !writes =>
            "The session began as a reader and cannot write on the provider's connection. Open it with Access = ReadWrite.",
        ResultCode.Busy or ResultCode.Locked when writes =>
            "SQLite cannot back up from a transaction that writes. Open the session with Access = ReadOnly.",
        _ => null,
    };

    private bool Prepare()
    {
        _handle = lane.Connection.Handle!;
        if (!writes)
        {
            LaneSql.ThrowUnlessOk(_handle, LaneSql.Execute(_handle, "PRAGMA query_only=ON"));
        }

        LaneSql.ThrowUnlessOk(_handle, LaneSql.Execute(_handle, "SAVEPOINT millpond_use"));
        return true;
    }

    private async Task ForwardAsync()
    {
        try
        {
            _done.SetResult(await work(lane.Connection, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            _done.SetException(error);
        }
    }

    private bool Check()
    {
        if (FindViolation() is { } what)
        {
            throw Misuse(what);
        }

        if (LaneSql.Execute(_handle!, "RELEASE SAVEPOINT millpond_use") != ResultCode.Ok)
        {
            IsBroken = true;
            throw Misuse("ended the session's transaction with COMMIT or ROLLBACK");
        }

        return true;
    }

    private string? FindViolation()
    {
        if (lane.Connection.State != ConnectionState.Open || !ReferenceEquals(lane.Connection.Handle, _handle))
        {
            IsBroken = IsClosed = true;
            return "closed the session's connection";
        }

        if (NativeSqlite.ResetStatements(_handle!))   // none of the session's own statements runs at this point
        {
            IsBroken = true;
            return "left a reader open on the connection; dispose it inside the delegate";
        }

        return writes || RefusedWrites() ? null : "enabled writing in a read-only session";
    }

    private bool RefusedWrites()
    {
        IsBroken |= LaneSql.Read(_handle!, "PRAGMA query_only", out var refuses) == ResultCode.Ok && refuses != "1";
        if (!queriesOnly)
        {
            LaneSql.ThrowUnlessOk(_handle!, LaneSql.Execute(_handle!, "PRAGMA query_only=OFF"));
        }

        return !IsBroken;
    }

    private static InvalidOperationException Misuse(string what) => new(
        $"The delegate of UseProviderConnectionAsync {what}. The session is rolled back.");
}
