using System.Data;
using System.Data.Common;
using Millpond.PostgreSql.Statements;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a session's settings and the statements it has queued: with its next command where that can be, else by
/// themselves (S15, S16).</summary>
/// <remarks>Used by one task at a time, except <see cref="Running"/>.</remarks>
internal sealed class PrecedingStatements(RealConnection real, CommandBinding binding, bool preparesByItself)
{
    private Prelude? _settings;
    private bool _failed;
    private List<Queued> _queued = [];
    private List<Queued> _sent = [];   // those of the packet that was sent last
    private DbCommand? _refused;
    private Joined? _joined;
    private NpgsqlBatch? _settling;

    public bool IsWaiting => _settings is not null || HasQueued;

    public bool HasQueued => _queued.Count > 0;

    /// <summary>Gets whether a queued statement may return rows, which would stand in front of the next command's.</summary>
    private bool ReturnsRows => _queued.Exists(static one => QueuedText.MayReturnRows(one.Copy.CommandText));

    public void Wait(Prelude? settings) => (_settings, _failed) = (settings, false);

    /// <exception cref="NotSupportedException">One of them would leave something to strangers.</exception>
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

    /// <summary>Drops what is queued, because the transaction ends.</summary>
    public void Forget() => _queued = [];

    /// <summary>Finds the queued statement that an error is of: the first that did not end.</summary>
    public DbCommand? Find(Exception failure) =>
        _refused
        ?? (failure is PostgresException || (_sent.Count == 1 && Volatile.Read(ref _joined) is null)
            ? _sent.Find(static one => one.Copy.StatementType == Npgsql.StatementType.Unknown)?.Original
            : null);

    /// <summary>Makes the packet of a commit out of them.</summary>
    /// <param name="mayReturnRows">Whether it may begin with rows; else those that may return some are sent before.</param>
    /// <param name="cancellationToken">Ends the wait for those.</param>
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

    /// <summary>Sends them by themselves.</summary>
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

    /// <summary>Executes a command or batch together with what waits, or after it.</summary>
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

    /// <summary>Counts the rows that the last command changed itself.</summary>
    /// <param name="all">What the driver says of all that was sent with it.</param>
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

    /// <summary>Notes that the next command runs itself, also one in whose place another ran before.</summary>
    public void ForgetJoined()
    {
        Volatile.Write(ref _joined, null);
        _sent = [];
    }

    /// <summary>Gets what really runs where a cancellation names the caller's command.</summary>
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

        (_sent, _queued) = (_queued, []);   // whatever becomes of the packet, they are not sent again
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
            _settings = null;   // the server has had them, and has aborted the transaction
            throw;
        }
        catch
        {
            _failed = _settings is not null;   // were they sent? What comes next waits for them, and twice does no harm
            throw;
        }
    }

    private Joined? TryJoin(object command, CommandBehavior behavior) => command switch
    {
        _ when _failed || ReturnsRows => null,
        NpgsqlCommand one => TryJoin(one, behavior),
        // The driver would know the caller's own commands as prepared, also on another connection.
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
        if ((behavior & (Prelude.Described | CommandBehavior.SingleResult)) != 0)   // the first result would not end it
        {
            return null;
        }

        var joined = new NpgsqlBatch(real) { Timeout = batch.Timeout };
        AddTo(joined);
        joined.EnableErrorBarriers = batch.EnableErrorBarriers;
        foreach (var command in batch.BatchCommands)
        {
            joined.BatchCommands.Add(command);   // itself, so that it learns how many rows it changed
        }

        return new Joined(batch, joined, batch.BatchCommands.Count);
    }

    private sealed record Joined(object Original, NpgsqlBatch Command, int Own);

    private sealed record Queued(DbCommand Original, NpgsqlBatchCommand Copy);
}
