using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Millpond.AdoNet;

namespace Millpond.EntityFrameworkCore;

/// <summary>Tells the session which readers EF casts to the driver's class: those of saves, on PostgreSQL (F05).</summary>
/// <remarks>All others are read through the session, so that it sees an error in a later row (S05).</remarks>
internal sealed class SaveReaders : DbCommandInterceptor
{
    public static SaveReaders Instance { get; } = new();

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Mark(command, eventData);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        Mark(command, eventData);
        return new(result);
    }

    private static void Mark(DbCommand command, CommandEventData eventData)
    {
        if (command is SessionCommand own)
        {
            own.IsSave = eventData.CommandSource == CommandSource.SaveChanges;
        }
    }
}
