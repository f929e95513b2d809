using System.Data;
using System.Data.Common;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>A command or batch that is executed in the place of the caller's.</summary>
/// <param name="original">The caller's: what a cancellation names.</param>
/// <param name="command">The one in its place; null where it is a batch.</param>
/// <param name="batch">The one in its place; null where it is a command.</param>
internal sealed class PostgreSqlJoined(object original, NpgsqlCommand? command, NpgsqlBatch? batch)
{
    public async Task<DbDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        command is not null
            ? await command.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false)
            : await batch!.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false);

    public Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        command?.ExecuteNonQueryAsync(cancellationToken) ?? batch!.ExecuteNonQueryAsync(cancellationToken);

    /// <summary>Gives what runs where a cancellation names something.</summary>
    public object Running(object named) => ReferenceEquals(named, original) ? command ?? (object)batch! : named;
}
