using System.Data;
using System.Data.Common;
using Millpond.PostgreSql.Statements;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a session's settings and queued statements: with its next command if possible, otherwise separately (S15,
/// S16).</summary>
/// <remarks>Used by one task at a time, except <see cref="Running"/>.</remarks>
internal sealed class PrecedingStatements(RealConnection real, CommandBinding binding, bool preparesByItself)
{
    private Prelude? _settings;
    private bool _failed;
    private List<Queued> _queued = [];
    private List<Queued> _sent = [];   // those of the last packet
    private DbCommand? _refused;
    private Joined? _joined;
    private NpgsqlBatch? _settling;

    public bool IsWaiting => _settings is not null || HasQueued;

    public bool HasQueued => _queued.Count > 0;

    /// <summary>Gets whether a queued statement may return rows, which would precede those of the next command.</summary>
    private bool ReturnsRows => _queued.Exists(static one => QueuedText.MayReturnRows(one.Copy.CommandText));

    public void Wait(Prelude? settings) => (_settings, _failed) = (settings, false);

    /// <exception cref="NotSupportedException">One of them would leave state for the next client of the pooler.</exception>
    public void Queue(IReadOnlyList<DbCommand> commands)
    {
        (_queued, _sent) = ([], []);
        List<Queued> queued = [];
        foreach (var command in commands)
        {
            _refused = command;
            binding.Note(command);
            queued.Add(new Queued(command, Prelude.Copy((NpgsqlCommand)command)!));
        }

        (_queued, _refused) = (queued, null);
    }

    /// <summary>Drops the queue, because the transaction ends.</summary>
    public void Forget() => _queued = [];

    /// <summary>Finds the queued statement that caused an error: the first one that did not complete.</summary>
    public DbCommand? Find(Exception failure) =>
        _refused
        ?? (failure is PostgresException || (_sent.Count == 1 && Volatile.Read(ref _joined) is null)
            ? _sent.Find(static one => one.Copy.StatementType == Npgsql.StatementType.Unknown)?.Original
            : null);

    /// <summary>Creates the packet of a commit from the queue.</summary>
    /// <param name="mayReturnRows">Whether its first result may have rows. Otherwise statements that may return rows are sent
    /// before.</param>
    /// <param name="cancellationToken">Cancels sending those.</param>
    public async ValueTask<NpgsqlBatch> TakeAsync(bool mayReturnRows, CancellationToken cancellationToken)
    {
        if (!mayReturnRows && ReturnsRows)
        {
            await SettleAsync(cancellationToken).ConfigureAwait(false);
        }

        var batch = new NpgsqlBatch(real);
        AddTo(batch);
        return batch;
    }

    /// <summary>Sends them separately.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (IsWaiting)
        {
            using var batch = new NpgsqlBatch(real) { Timeout = binding.Timeout };
            AddTo(batch);
            Volatile.Write(ref _settling, batch);
            try
            {
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _settling, null);
            }

            _settings = null;
        }
    }

    /// <summary>Executes a command or batch together with the waiting statements, or after them.</summary>
    public Task<DbDataReader> ReadAsync(object command, CommandBehavior behavior, CancellationToken cancellationToken) =>
        RunAsync(
            command,
            behavior,
            static (one, how, token) => one is DbCommand alone
                ? alone.ExecuteReaderAsync(how, token)
                : ((DbBatch)one).ExecuteReaderAsync(how, token),
            cancellationToken);

    public async Task<int> ExecuteAsync(object command, CancellationToken cancellationToken)
    {
        var rows = await RunAsync(
            command,
            CommandBehavior.Default,
            static (one, _, token) => one is DbCommand alone
                ? alone.ExecuteNonQueryAsync(token)
                : ((DbBatch)one).ExecuteNonQueryAsync(token),
            cancellationToken).ConfigureAwait(false);
        return Count(rows);
    }

    /// <summary>Counts the rows that the last command itself changed.</summary>
    /// <param name="all">The driver's count for the whole packet.</param>
    public int Count(int all)
    {
        if (_sent.Count == 0 || _joined is not { } joined)
        {
            return all;
        }

        var own = -1;
        var commands = joined.Command.BatchCommands;
        for (var i = commands.Count - joined.Own; i < commands.Count; i++)
        {
            own = commands[i].RecordsAffected is >= 0 and var rows ? Math.Max(own, 0) + rows : own;
        }

        return own;
    }

    /// <summary>Records that the next command runs itself, even if another one replaced it before.</summary>
    public void ForgetJoined()
    {
        Volatile.Write(ref _joined, null);
        _sent = [];
    }

    /// <summary>Returns the command that actually runs in place of the caller's, for cancelling it.</summary>
    public object Running(object named) =>
        Volatile.Read(ref _settling) is { } settling ? settling
        : Volatile.Read(ref _joined) is { } joined && ReferenceEquals(named, joined.Original) ? joined.Command
        : named;

    private void AddTo(NpgsqlBatch batch)
    {
        Volatile.Write(ref _joined, null);
        _settings?.AddTo(batch);
        foreach (var one in _queued)
        {
            batch.BatchCommands.Add(one.Copy);
        }

        (_sent, _queued) = (_queued, []);   // they are sent once, whatever happens to the packet
    }

    private async Task<TResult> RunAsync<TResult>(
        object command,
        CommandBehavior behavior,
        Func<object, CommandBehavior, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken)
    {
        if (TryJoin(command, behavior) is not { } joined)
        {
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            _sent = [];
            return await execute(command, behavior, cancellationToken).ConfigureAwait(false);
        }

        Volatile.Write(ref _joined, joined);
        try
        {
            var result = await execute(joined.Command, behavior, cancellationToken).ConfigureAwait(false);
            _settings = null;
            return result;
        }
        catch (DbException error) when (error is PostgresException)
        {
            _settings = null;   // the server has received them, and has aborted the transaction
            throw;
        }
        catch
        {
            _failed = _settings is not null;   // unknown whether they arrived: sending them twice does no harm
            throw;
        }
    }

    private Joined? TryJoin(object command, CommandBehavior behavior) => command switch
    {
        _ when _failed || ReturnsRows => null,
        NpgsqlCommand one => TryJoin(one, behavior),
        // Otherwise the driver would treat the caller's commands as prepared, even on another connection.
        NpgsqlBatch several when !preparesByItself => TryJoin(several, behavior),
        _ => null,
    };

    private Joined? TryJoin(NpgsqlCommand command, CommandBehavior behavior)
    {
        if (command.IsPrepared || command.CommandType != CommandType.Text || Prelude.MayHoldSeveral(command.CommandText) ||
            (behavior & Prelude.Described) != 0 || Prelude.Copy(command) is not { } copy)
        {
            return null;
        }

        var joined = new NpgsqlBatch(real) { Timeout = command.CommandTimeout };
        AddTo(joined);
        joined.BatchCommands.Add(copy);
        return new Joined(command, joined, 1);
    }

    private Joined? TryJoin(NpgsqlBatch batch, CommandBehavior behavior)
    {
        if ((behavior & (Prelude.Described | CommandBehavior.SingleResult)) != 0)   // the first result would not end the batch
        {
            return null;
        }

        var joined = new NpgsqlBatch(real) { Timeout = batch.Timeout };
        AddTo(joined);
        joined.EnableErrorBarriers = batch.EnableErrorBarriers;
        foreach (var command in batch.BatchCommands)
        {
            joined.BatchCommands.Add(command);   // the same object, so that it gets its row count
        }

        return new Joined(batch, joined, batch.BatchCommands.Count);
    }

    private sealed record Joined(object Original, NpgsqlBatch Command, int Own);

    private sealed record Queued(DbCommand Original, NpgsqlBatchCommand Copy);
}
