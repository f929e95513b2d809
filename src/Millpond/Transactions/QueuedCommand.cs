using System.Collections;
using System.Data;
using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>Copies a command when it is queued, so later changes of the command and its values have no effect.</summary>
internal static class QueuedCommand
{
    public static DbCommand Copy(DbCommand command, ConnectionSource source)
    {
        var copy = source.Factory.CreateCommand() ?? throw new NotSupportedException("The driver makes no commands.");
        copy.CommandText = command.CommandText;
        foreach (DbParameter parameter in command.Parameters)
        {
            copy.Parameters.Add(Copy(parameter, source));
        }

        return copy;
    }

    private static DbParameter Copy(DbParameter parameter, ConnectionSource source)
    {
        if (parameter.Direction != ParameterDirection.Input)
        {
            throw new NotSupportedException(
                $"Parameter '{parameter.ParameterName}' is {parameter.Direction}, but the results of a queued statement are " +
                "discarded. Execute it instead.");
        }

        var value = parameter.Value;
        if (IsReadOnce(value))
        {
            throw new ArgumentException(
                $"Parameter '{parameter.ParameterName}' is a {value!.GetType().Name}, which is read only once, and a queued " +
                "statement is sent later. Read it into an array or a string first, or execute the statement instead.");
        }

        var copy = source.CopyParameter(parameter);
        if (value is Array array)
        {
            copy.Value = array.Clone();
        }

        return copy;
    }

    // A lazy sequence implements its own enumerator; an asynchronous one is disposed asynchronously.
    private static bool IsReadOnce(object? value) => value
        is Stream or TextReader or IDataReader or IEnumerator or IAsyncDisposable or IAsyncEnumerable<object>;
}
