using System.Data;
using System.Data.Common;
using Millpond.PostgreSql.Statements;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a session's settings: with its first command where that can be, else by themselves (S15, S16).</summary>
/// <remarks>Used by one task at a time, except <see cref="Running"/>.</remarks>
internal sealed class FirstCommand(RealConnection real, bool preparesByItself)
{
    private Prelude? _waiting;
    private Joined? _joined;
    private bool _failed;

    public bool IsWaiting => _waiting is not null;

    public void Wait(Prelude? prelude) => (_waiting, _failed) = (prelude, false);

    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_waiting is { } waiting)
        {
            using var batch = waiting.Begin(real, real.CommandTimeout);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _waiting = null;
        }
    }

    /// <summary>Executes the first command or batch together with what waits, or after it.</summary>
    public Task<DbDataReader> ReadAsync(object command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync(
            command,
            behavior,
            static (one, how, token) => one is DbCommand alone
                ? alone.ExecuteReaderAsync(how, token)
                : ((DbBatch)one).ExecuteReaderAsync(how, token),
            cancellationToken);

    public Task<int> ExecuteAsync(object command, CancellationToken cancellationToken) => RunAsync(
        command,
        CommandBehavior.Default,
        static (one, _, token) => one is DbCommand alone
            ? alone.ExecuteNonQueryAsync(token)
            : ((DbBatch)one).ExecuteNonQueryAsync(token),
        cancellationToken);

    /// <summary>Notes that the next command runs itself, also one in whose place another ran before.</summary>
    public void ForgetJoined() => Volatile.Write(ref _joined, null);

    /// <summary>Gets what really runs where a cancellation names the caller's command.</summary>
    public object Running(object named) =>
        Volatile.Read(ref _joined) is { } joined && ReferenceEquals(named, joined.Original) ? joined.Command : named;

    private async Task<TResult> RunAsync<TResult>(
        object command,
        CommandBehavior behavior,
        Func<object, CommandBehavior, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken)
    {
        if (TryJoin(command, behavior) is not { } joined)
        {
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            return await execute(command, behavior, cancellationToken).ConfigureAwait(false);
        }

        Volatile.Write(ref _joined, new Joined(command, joined));
        try
        {
            var result = await execute(joined, behavior, cancellationToken).ConfigureAwait(false);
            _waiting = null;
            return result;
        }
        catch (DbException error) when (error is PostgresException)
        {
            _waiting = null;   // the server has had them, and has aborted the transaction
            throw;
        }
        catch
        {
            _failed = true;   // nobody knows whether it was sent: what comes next waits for them, and twice does no harm
            throw;
        }
    }

    private object? TryJoin(object command, CommandBehavior behavior) => command switch
    {
        _ when _failed => null,
        NpgsqlCommand one => _waiting!.TryJoin(one, behavior, real),
        // The driver would know the caller's own commands as prepared, also on another connection.
        NpgsqlBatch several when !preparesByItself => _waiting!.TryJoin(several, behavior, real),
        _ => null,
    };

    private sealed record Joined(object Original, object Command);
}
