using Microsoft.Extensions.Logging;
using Millpond.Admission;
using Millpond.AdoNet;
using Millpond.Providers;
using Millpond.Supply;
using Millpond.Transactions;

namespace Millpond.Leasing;

/// <summary>What every session of one engine shares: the gates, the connections, the settings and the books.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SessionServices
{
    private readonly HashSet<Task> _cleanups = [];
    private long _lastId;
    private long _commits;
    private long _rollbacks;
    private long _retries;
    private int _arriving;
    private int _over;

    public required string EngineName { get; init; }

    /// <summary>Gets the engine itself, whose class this folder does not know.</summary>
    public required object Engine { get; init; }

    public required SessionGate Gate { get; init; }

    /// <summary>Gets the gate of the one write permit; null where everyone may write.</summary>
    public required SessionGate? WriteGate { get; init; }

    public required ConnectionSource Source { get; init; }

    /// <summary>Gets what gives leases their connections.</summary>
    public required ConnectionSupply Supply { get; init; }

    public required Availability Availability { get; init; }

    /// <summary>Gets what sends cancellations; null: they cost nothing here.</summary>
    public required CancelGovernor? Cancels { get; init; }

    public required SessionSettings Settings { get; init; }

    /// <summary>Gets how the engine's sessions behave where nothing else is said; nobody changes it.</summary>
    public required DbSessionOptions Defaults { get; init; }

    public required TimeProvider Time { get; init; }

    public required TokenPool Tokens { get; init; }

    public required ILogger Logger { get; init; }

    public required HolderTable Holders { get; init; }

    public required SynchronousCalls SynchronousCalls { get; init; }

    /// <summary>Gets what makes the provider's own facade class (F03).</summary>
    public required Func<SessionSeat, SessionConnection> CreateFacade { get; init; }

    /// <summary>Gets what to do when a connection turned out to be lost.</summary>
    public required Action ConnectionLost { get; init; }

    public long Commits => Volatile.Read(ref _commits);

    public long Rollbacks => Volatile.Read(ref _rollbacks);

    /// <summary>Gets how often work was done again (S17).</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Gets how many wait for a permit or a connection: holders to be.</summary>
    /// <remarks>Read before the holders: who arrives is entered there first and leaves here then.</remarks>
    public int Arriving => Volatile.Read(ref _arriving);

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void CountCommit()
    {
        Interlocked.Increment(ref _commits);
        Availability.NoteSuccess();
    }

    public void CountRollback() => Interlocked.Increment(ref _rollbacks);

    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Takes the token of a commit, a rollback or a clean-up, which no caller's token reaches (S07).</summary>
    public TokenPool.Rented CleanupToken() => Tokens.Rent(Settings.CleanupTimeout);

    /// <summary>Waits for permits and a connection.</summary>
    /// <remarks>The write permit comes first: who holds a connection never waits for it, so the two cannot deadlock.</remarks>
    public async ValueTask<SessionLease> LeaseAsync(UnitOfWork holder, bool writer, CancellationToken cancellationToken)
    {
        var deadline = holder.Cap(Deadline.After(Settings.PoolTimeout, Time));
        Interlocked.Increment(ref _arriving);
        try
        {
            while (true)
            {
                await WhenUpAsync(holder, deadline, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await LeaseOnceAsync(holder, writer, deadline, cancellationToken).ConfigureAwait(false);
                }
                catch (DatabaseUnavailableException error) when (error.IsDown && deadline.Left > TimeSpan.Zero)
                {
                    // It went down meanwhile: wait for it without a permit.
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _arriving);
        }
    }

    private async ValueTask<SessionLease> LeaseOnceAsync(
        UnitOfWork holder, bool writer, Deadline deadline, CancellationToken cancellationToken)
    {
        SessionLease lease;
        Permit permit = default;
        Permit writePermit = default;
        try
        {
            var outer = SessionFlow.Current?.Find(this) ?? holder.Flow?.Find(this);
            writePermit = writer && WriteGate is not null
                ? await EnterAsync(WriteGate, holder, outer, deadline, cancellationToken).ConfigureAwait(false)
                : default;
            permit = await EnterAsync(Gate, holder, outer, deadline, cancellationToken).ConfigureAwait(false);
            var queued = writePermit.Waited + permit.Waited;
            var connection = await OpenAsync(deadline, queued, cancellationToken).ConfigureAwait(false);
            lease = new SessionLease(this, holder, connection, deadline, permit, writePermit);
        }
        catch
        {
            permit.Release();
            writePermit.Release();
            throw;
        }

        if (Volatile.Read(ref _over) != 0)   // it was opening while the drain ended the holders, and was none yet
        {
            await lease.EndAsync().ConfigureAwait(false);
            throw SessionRejectedException.ShuttingDown(EngineName);
        }

        return lease;
    }

    /// <summary>Lets nobody become a holder any more; who is one by now can be found among the holders.</summary>
    public void LetNobodyIn() => Interlocked.Exchange(ref _over, 1);

    /// <summary>Keeps a clean-up that nobody awaits in sight, so that a drain can wait for it.</summary>
    public void Track(Task cleanup)
    {
        if (cleanup.IsCompletedSuccessfully)
        {
            return;
        }

        lock (_cleanups)
        {
            _cleanups.Add(cleanup);
        }

        _ = cleanup.ContinueWith(
            Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task CleanupsAsync()
    {
        lock (_cleanups)
        {
            return Task.WhenAll([.. _cleanups]);
        }
    }

    /// <summary>Takes a permit: in the queue, or at once and not at all inside a session that holds one (S14).</summary>
    private ValueTask<Permit> EnterAsync(
        SessionGate gate, UnitOfWork holder, SessionLease? outer, Deadline deadline, CancellationToken cancellationToken)
    {
        if (outer is null || gate.IsClosed)
        {
            return gate.EnterAsync(deadline, holder, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return gate.TryEnter(out var permit)
            ? new(permit)
            : ValueTask.FromException<Permit>(new NestedSessionException(
                EngineName, outer.Describe(), holder.Origin.Operation, writing: ReferenceEquals(gate, WriteGate)));
    }

    /// <summary>Waits for the database to be up: within the deadline, and for as long as the session may wait (G12).</summary>
    private ValueTask WhenUpAsync(UnitOfWork holder, Deadline deadline, CancellationToken cancellationToken) =>
        Availability.IsDown && !Gate.IsClosed   // a closed gate tells by itself that nobody is let in
            ? new(WaitUntilUpAsync(holder.IsPatient, deadline, cancellationToken))
            : ValueTask.CompletedTask;

    private async Task WaitUntilUpAsync(bool patient, Deadline deadline, CancellationToken cancellationToken)
    {
        using var limit = Tokens.Rent(deadline.Left, cancellationToken);
        try
        {
            await Availability.WhenUpAsync(patient, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Availability.Refusal() is { } down)
            {
                throw down;
            }
        }
    }

    private async ValueTask<ProviderConnection> OpenAsync(
        Deadline deadline, TimeSpan queued, CancellationToken cancellationToken)
    {
        if (Supply.TryRent(out var idle))
        {
            return idle;
        }

        var since = Time.GetTimestamp();
        using var limit = Tokens.Rent(deadline.Left, cancellationToken);
        try
        {
            return await Supply.RentAsync(isGrowth: false, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Supply.StopDuring(since) is { } stop)
            {
                throw stop;   // it waited for a connection that others have, because no further one could be opened
            }

            var wait = new PoolWait { Queue = queued, Open = Time.GetElapsedTime(since) };
            throw wait.Queue > wait.Open   // it was the queue that ate the time
                ? new PoolTimeoutException(deadline.Limit, Gate.Report(wait), error)
                : DatabaseUnavailableException.NoAnswer(Source.Server, deadline.Limit - queued, error);
        }
    }

    private void Forget(Task cleanup)
    {
        if (cleanup.Exception is { } error)
        {
            SessionLog.CleanupFailed(Logger, EngineName, error.GetBaseException());
        }

        lock (_cleanups)
        {
            _cleanups.Remove(cleanup);
        }
    }
}
