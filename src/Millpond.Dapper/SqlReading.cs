using System.Data;
using System.Runtime.CompilerServices;
using Dapper;

namespace Millpond.Dapper;

/// <summary>Runs statements with Dapper, and reads with the driver what Dapper cannot read (<see
/// cref="SingleValue"/>).</summary>
internal static class SqlReading
{
    public static async Task<int> ExecuteAsync(DbSession session, SqlStatement statement, CancellationToken cancellationToken)
    {
        var command = await statement.CommandAsync(session, cancellationToken).ConfigureAwait(false);
        return await session.Connection.ExecuteAsync(command).ConfigureAwait(false);
    }

    public static async Task<T?> ScalarAsync<T>(DbSession session, SqlStatement statement, CancellationToken cancellationToken)
    {
        var command = await statement.CommandAsync(session, cancellationToken).ConfigureAwait(false);
        if (!SingleValue.IsPossible(typeof(T)))
        {
            return await session.Connection.ExecuteScalarAsync<T>(command).ConfigureAwait(false);
        }

        var rows = RowsAsync<T>(session, command, CommandBehavior.SingleRow, true, cancellationToken);
        return await FirstAsync(rows, RowRule.FirstOrDefault).ConfigureAwait(false);
    }

    public static async Task<IReadOnlyList<T>> ListAsync<T>(
        DbSession session, SqlStatement statement, CancellationToken cancellationToken)
    {
        var command = await statement.CommandAsync(session, cancellationToken).ConfigureAwait(false);
        if (!SingleValue.IsPossible(typeof(T)))
        {
            return (await session.Connection.QueryAsync<T>(command).ConfigureAwait(false)).AsList();
        }

        var rows = RowsAsync<T>(session, command, CommandBehavior.SingleResult, false, cancellationToken);
        return await rows.ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    public static async Task<T?> RowAsync<T>(
        DbSession session, SqlStatement statement, RowRule rule, CancellationToken cancellationToken)
    {
        var command = await statement.CommandAsync(session, cancellationToken).ConfigureAwait(false);
        var isFirst = rule is RowRule.First or RowRule.FirstOrDefault;
        if (SingleValue.IsPossible(typeof(T)))
        {
            var behavior = isFirst ? CommandBehavior.SingleRow : CommandBehavior.SingleResult;
            var rows = RowsAsync<T>(session, command, behavior, false, cancellationToken);
            return await FirstAsync(rows, rule).ConfigureAwait(false);
        }

        var row = rule switch
        {
            RowRule.First => session.Connection.QueryFirstAsync<T>(command),
            RowRule.FirstOrDefault => session.Connection.QueryFirstOrDefaultAsync<T>(command)!,
            RowRule.Single => session.Connection.QuerySingleAsync<T>(command),
            _ => session.Connection.QuerySingleOrDefaultAsync<T>(command)!,
        };
        return await row.ConfigureAwait(false);
    }

    public static async IAsyncEnumerable<T> StreamAsync<T>(
        DbSession session, SqlStatement statement, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var command = await statement.CommandAsync(session, cancellationToken).ConfigureAwait(false);
        var rows = SingleValue.IsPossible(typeof(T))
            ? RowsAsync<T>(session, command, CommandBehavior.SingleResult, false, cancellationToken)
            : session.Connection.QueryUnbufferedAsync<T>(command.CommandText, command.Parameters, commandType: CommandType.Text);
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return row;
        }
    }

    private static async IAsyncEnumerable<T> RowsAsync<T>(
        DbSession session,
        CommandDefinition command,
        CommandBehavior behavior,
        bool firstOnly,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = await session.Connection.ExecuteReaderAsync(command, behavior).ConfigureAwait(false);
        using (reader)   // Dapper's asynchronous disposal does not dispose the command
        await using (reader.ConfigureAwait(false))
        {
            var parse = reader.FieldCount > 0 ? SingleValue.Parser<T>(reader, firstOnly) : null;
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return parse!(reader);
            }

            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
                // Throws the error of a later statement of the text.
            }
        }
    }

    private static async Task<T?> FirstAsync<T>(IAsyncEnumerable<T> rows, RowRule rule)
    {
        var (count, first) = (0, default(T));
        await foreach (var row in rows.ConfigureAwait(false))
        {
            if (count++ == 0)
            {
                first = row;
            }
            else if (rule is RowRule.Single or RowRule.SingleOrDefault)
            {
                throw new InvalidOperationException("The statement returned more than one row.");
            }
        }

        return count > 0 || rule is RowRule.FirstOrDefault or RowRule.SingleOrDefault
            ? first
            : throw new InvalidOperationException("The statement returned no row.");
    }
}
