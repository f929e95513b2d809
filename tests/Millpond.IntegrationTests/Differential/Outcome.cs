using System.Collections;
using System.Globalization;

namespace Millpond.IntegrationTests.Differential;

/// <summary>What came of a step, in a form that can be compared: a value, or the type of an exception.</summary>
internal static class Outcome
{
    public static async Task<string> OfAsync(Func<Task<object?>> step)
    {
        try
        {
            return Describe(await step());
        }
        catch (Exception error)
        {
            return Describe(error);
        }
    }

    private static string Describe(object? value) => value switch
    {
        null => "nothing",
        DBNull => "NULL",
        byte[] bytes => Convert.ToHexString(bytes),
        char[] chars => new string(chars),
        string text => $"'{text}'",
        DateTime moment => string.Create(CultureInfo.InvariantCulture, $"{moment:O} {moment.Kind}"),
        Type type => type.ToString(),
        IEnumerable many => $"[{string.Join(", ", many.Cast<object?>().Select(Describe))}]",
        IFormattable number => $"{value.GetType().Name} {number.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $"{value.GetType().Name} {value}",
    };

    /// <summary>Gets the type of an error. Three are known under two names: what the session reports itself is what the driver
    /// or the server reports of the same mistake.</summary>
    private static string Describe(Exception error) => error switch
    {
        SessionConcurrencyException or Npgsql.NpgsqlOperationInProgressException => "busy",
        SessionAbortedException or Npgsql.PostgresException { SqlState: "25P02" } => "aborted",
        Npgsql.PostgresException postgres => $"PostgresException {postgres.SqlState}",
        Microsoft.Data.Sqlite.SqliteException sqlite => $"SqliteException {sqlite.SqliteExtendedErrorCode}",
        OperationCanceledException => nameof(OperationCanceledException),
        ObjectDisposedException => nameof(InvalidOperationException),   // it is one
        _ => error.GetType().Name,
    };
}
