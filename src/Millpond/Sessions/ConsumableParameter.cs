using System.Collections;
using System.Data.Common;
using System.IO.Pipelines;

namespace Millpond.Sessions;

/// <summary>Finds a parameter that can be read once only: sent again, what is left of it would be stored: nothing.</summary>
internal static class ConsumableParameter
{
    /// <summary>Looks through a command or a batch.</summary>
    /// <returns>The type of its value; null: there is none.</returns>
    public static string? In(object target) => target switch
    {
        DbCommand command => In(command.Parameters),
        DbBatch batch => batch.BatchCommands.Select(static command => In(command.Parameters)).FirstOrDefault(
            static found => found is not null),
        _ => null,
    };

    private static string? In(DbParameterCollection parameters)
    {
        foreach (DbParameter parameter in parameters)
        {
            if (Find(parameter.Value) is { } found)
            {
                return found.GetType().Name;
            }
        }

        return null;
    }

    private static object? Find(object? value) => value switch
    {
        Stream or TextReader or PipeReader => value,
        null or string => null,
        Array values when values.GetType().GetElementType() is { IsPrimitive: true } => null,   // bytes, mostly
        ICollection values => FindIn(values),
        IEnumerable => value,   // who knows what a second reading gives
        _ => null,
    };

    private static object? FindIn(ICollection values)
    {
        foreach (var value in values)
        {
            if (Find(value) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
