using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql;

/// <summary>Commands whose connection was lost while the driver may have been about to prepare them by itself.</summary>
/// <remarks>Npgsql 10 takes such a command for one that is being prepared on whatever connection runs it next, and fails with a
/// NullReferenceException when it is not. So another one with the same text and parameters runs in its place. Thread-safe.
/// </remarks>
internal static class PostgreSqlHalfPrepared
{
    private static readonly ConditionalWeakTable<NpgsqlCommand, object> Left = new();

    /// <summary>Notes what a lost connection may have left half prepared.</summary>
    /// <returns>Whether it can run once more all the same.</returns>
    public static bool Note(object? lost, Exception failure)
    {
        switch (lost)
        {
            case NpgsqlCommand command:
                Left.AddOrUpdate(command, Left);
                return CanBeCopied(command);
            case NpgsqlBatch:
                // A copy's commands would know the rows they changed, and not the caller's. The driver forgets what it was about
                // to do when it was the answer that failed to come.
                return failure is NpgsqlException { Message: var text } &&
                    text.StartsWith("Exception while reading", StringComparison.Ordinal);
            default:
                return true;
        }
    }

    /// <summary>Makes the one that runs in a command's place.</summary>
    /// <returns>Null: the command itself runs.</returns>
    public static NpgsqlCommand? StandIn(NpgsqlCommand command, RealConnection real)
    {
        if (!Left.TryGetValue(command, out _) || !CanBeCopied(command))
        {
            return null;
        }

        var copy = command.Clone();
        copy.Connection = real;
        return copy;
    }

    /// <summary>Says whether nothing is lost when a copy runs: what comes out by a parameter would come out of the copy's.
    /// </summary>
    private static bool CanBeCopied(NpgsqlCommand command)
    {
        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            if (parameter.Direction != ParameterDirection.Input)
            {
                return false;
            }
        }

        return true;
    }
}
