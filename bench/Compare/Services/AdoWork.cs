using System.Data.Common;
using Millpond.Overload.Services;

namespace Millpond.Compare.Services;

/// <summary>The workload in plain ADO.NET, with the same code on a driver's connection and on a session's.</summary>
internal static class AdoWork
{
    public static async Task<long> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, Work.Read);
        Add(command, "id", Work.Account());
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<string> InsertAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Insert(connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return "done";
    }

    public static async Task<string> TransferAsync(DbConnection connection, string locking, CancellationToken cancellationToken)
    {
        var (low, high, amount) = AccountPair.Random();
        await LockAsync(connection, locking, low, high, cancellationToken);
        await using (var first = Move(connection, low, -amount))
        {
            await first.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var second = Move(connection, high, amount);
        await second.ExecuteNonQueryAsync(cancellationToken);
        return "done";
    }

    /// <summary>Queues an insert, which is sent with the commit.</summary>
    public static string QueueInsert(DbSession session)
    {
        using var command = Insert(session.Connection);
        session.Queue(command);
        return "done";
    }

    /// <summary>Makes a transfer whose updates are sent with the commit.</summary>
    public static async Task<string> QueueTransferAsync(DbSession session, string locking, CancellationToken cancellationToken)
    {
        var (low, high, amount) = AccountPair.Random();
        await LockAsync(session.Connection, locking, low, high, cancellationToken);
        using var first = Move(session.Connection, low, -amount);
        session.Queue(first);
        using var second = Move(session.Connection, high, amount);
        session.Queue(second);
        return "done";
    }

    private static async Task LockAsync(
        DbConnection connection, string locking, int low, int high, CancellationToken cancellationToken)
    {
        await using var both = Command(connection, locking);
        Add(both, "low", low);
        Add(both, "high", high);
        await using var reader = await both.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
        }
    }

    private static DbCommand Insert(DbConnection connection)
    {
        var command = Command(connection, Work.Insert);
        Add(command, "account", Work.Account());
        Add(command, "amount", Work.Amount());
        return command;
    }

    private static DbCommand Move(DbConnection connection, int id, int amount)
    {
        var command = Command(connection, Work.Move);
        Add(command, "amount", amount);
        Add(command, "id", id);
        return command;
    }

    private static DbCommand Command(DbConnection connection, string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    private static void Add(DbCommand command, string name, int value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
