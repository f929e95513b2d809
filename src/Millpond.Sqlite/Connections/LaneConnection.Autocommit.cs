using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Lanes;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Connections;

/// <content>Statements that commit by themselves.</content>
internal sealed partial class LaneConnection
{
    /// <summary>Executes a command outside of any transaction, and again while another process has the file locked.</summary>
    /// <remarks>Only one of a single statement, for of several the first ones may be done; those wait in the driver, on the
    /// lane's own thread.</remarks>
    private async Task<T> RunAloneAsync<T>(
        DbCommand command,
        CommandBehavior behavior,
        Func<(LaneConnection Self, SqliteCommand Command, CommandBehavior Behavior), LaneWork, T> body,
        CancellationToken cancellationToken)
    {
        T result = default!;
        try
        {
            await BusyWait.RunAsync(
                async (self, token) =>
                {
                    try
                    {
                        result = await self.Lane.RunAsync(self.Work(command, behavior, body, token)).ConfigureAwait(false);
                        return ResultCode.Ok;
                    }
                    catch (SqliteException error) when (error.SqliteErrorCode == ResultCode.Busy && self._ranAlone)
                    {
                        return error.SqliteExtendedErrorCode;
                    }
                },
                this,
                _file.Name,
                _busyLimit,
                _time,
                cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            _isWriter = false;   // the write permit is the statement's, also of one that fails
        }
    }
}
