using System.Data.Common;
using Millpond.Overload.Services;

namespace Millpond.Compare.Services;

/// <summary>The workload in plain ADO.NET: the same lines on a driver's connection and on a session's.</summary>
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
        await using var command = Command(connection, Work.Insert);
        Add(command, "account", Work.Account());
        Add(command, "amount", Work.Amount());
        await command.ExecuteNonQueryAsync(cancellationToken);
        return "done";
    }

    public static async Task<string> TransferAsync(DbConnection connection, string locking, CancellationToken cancellationToken)
    {
        var (low, high, amount) = AccountPair.Random();
        await using (var both = Command(connection, locking))
        {
            Add(both, "low", low);
            Add(both, "high", high);
            await using var reader = await both.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
            }
        }

        await MoveAsync(connection, low, -amount, cancellationToken);
        await MoveAsync(connection, high, amount, cancellationToken);
        return "done";
    }

    private static async Task MoveAsync(DbConnection connection, int id, int amount, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, Work.Move);
        Add(command, "amount", amount);
        Add(command, "id", id);
        await command.ExecuteNonQueryAsync(cancellationToken);
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
