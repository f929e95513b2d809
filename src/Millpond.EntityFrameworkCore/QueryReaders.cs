using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Millpond.Sessions;

namespace Millpond.EntityFrameworkCore;

/// <summary>Has queries read through the session, so that it sees an error in a later row (S05).</summary>
/// <remarks>EF's provider for PostgreSQL casts the readers of saves to the driver's class, and no others (F05).</remarks>
internal sealed class QueryReaders : DbCommandInterceptor
{
    public static QueryReaders Instance { get; } = new();

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Guard(command, eventData);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        Guard(command, eventData);
        return new(result);
    }

    private static void Guard(DbCommand command, CommandEventData eventData)
    {
        if (command is SessionCommand own)
        {
            own.GuardsReader = eventData.CommandSource != CommandSource.SaveChanges;
        }
    }
}
