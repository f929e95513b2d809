using System.Diagnostics;
using Millpond.Admission;
using Millpond.Leasing.Findings;
using Millpond.Providers;
using Millpond.Telemetry;

namespace Millpond.Leasing;

/// <summary>How a session gets its connection: first the permits, then the connection.</summary>
/// <remarks>The write permit comes first: a session that holds a connection never waits for it, so the two cannot deadlock.
/// Thread-safe.</remarks>
internal sealed class LeaseAcquisition(LeaseServices services)
{
    private int _arriving;
    private int _isOver;

    /// <summary>Gets how many wait for a permit or a connection.</summary>
    /// <remarks>Read before the holders, because a session is added there before it is removed here.</remarks>
    public int Arriving => Volatile.Read(ref _arriving);

    /// <summary>Prevents new holders, after the shutdown has ended the existing ones.</summary>
    public void Close() => Interlocked.Exchange(ref _isOver, 1);

    /// <summary>Takes a connection. With a free permit, an available database and an idle connection it completes
    /// synchronously.</summary>
    public ValueTask<SessionLease> AcquireAsync(LeaseHolder holder, bool writer, CancellationToken cancellationToken)
    {
        var deadline = holder.Cap(Deadline.After(services.Settings.PoolTimeout, services.Time));
        Interlocked.Increment(ref _arriving);
        var held = default(Permits);
        try
        {
            if (!services.Availability.IsDown && !cancellationToken.IsCancellationRequested && TryEnter(writer, ref held)
                && services.Supply.TryRent(out var connection))
            {
                services.Telemetry.Waited(TimeSpan.Zero);
                return HoldAsync(new SessionLease(
                    holder, connection, deadline, held.Connection, held.Writer, Span(holder)));
            }
        }
        catch
        {
            held.Release();
            Interlocked.Decrement(ref _arriving);
            throw;
        }

        return new(WaitAsync(holder, writer, deadline, held, cancellationToken));
    }

    private Activity? Span(LeaseHolder holder) => SessionSpan.Start(services.EngineName, holder.Id, holder.Origin);

    private bool TryEnter(bool writer, ref Permits held)
    {
        if (writer && services.WriteGate is { } writing)
        {
            if (!writing.TryEnter(out var permit))
            {
                return false;
            }

            held.Writer = permit;
        }

        if (!services.Gate.TryEnter(out var free))
        {
            return false;
        }

        held.Connection = free;
        return true;
    }

    private ValueTask<SessionLease> HoldAsync(SessionLease lease)
    {
        Interlocked.Decrement(ref _arriving);
        return Volatile.Read(ref _isOver) == 0 ? new(lease) : new(ReturnLateAsync(lease));
    }

    /// <summary>Returns a connection that was being opened while the shutdown ended the holders.</summary>
    private async Task<SessionLease> ReturnLateAsync(SessionLease lease)
    {
        await lease.EndAsync(isRead: false).ConfigureAwait(false);
        throw SessionRejectedException.ShuttingDown(services.EngineName);
    }

    private async Task<SessionLease> WaitAsync(
        LeaseHolder holder, bool writer, Deadline deadline, Permits held, CancellationToken cancellationToken)
    {
        SessionLease? lease = null;
        var began = services.Time.GetTimestamp();
        var span = SessionSpan.StartQueued(services.EngineName, holder.Id, holder.Origin);
        try
        {
            while (lease is null)
            {
                if (services.Availability.IsDown && !services.Gate.IsClosed)   // a closed gate rejects callers itself
                {
                    held.Release();
                    await WaitUntilUpAsync(holder.IsPatient, deadline, cancellationToken).ConfigureAwait(false);
                }

                try
                {
                    lease = await WaitOnceAsync(holder, writer, deadline, held, span, cancellationToken).ConfigureAwait(false);
                }
                catch (DatabaseUnavailableException error) when (error.IsDown && deadline.Left > TimeSpan.Zero)
                {
                    held = default;   // it went down in the meantime: wait for it without a permit
                }
            }
        }
        catch (Exception error)
        {
            Interlocked.Decrement(ref _arriving);
            SessionSpan.Fail(span, error);
            NoteFailure(holder, error);
            throw;
        }

        services.Telemetry.Waited(services.Time.GetElapsedTime(began));
        return await HoldAsync(lease).ConfigureAwait(false);
    }

    private async Task<SessionLease> WaitOnceAsync(
        LeaseHolder holder,
        bool writer,
        Deadline deadline,
        Permits held,
        Activity? span,
        CancellationToken cancellationToken)
    {
        try
        {
            var tried = held.Connection.IsHeld;   // whatever that began serves the wait for a connection
            if (writer && !held.Writer.IsHeld && services.WriteGate is { } writing)
            {
                held.Writer = await EnterAsync(writing, holder, deadline, cancellationToken).ConfigureAwait(false);
            }

            if (!held.Connection.IsHeld)
            {
                held.Connection = await EnterAsync(services.Gate, holder, deadline, cancellationToken).ConfigureAwait(false);
            }

            var queued = held.Writer.Waited + held.Connection.Waited;
            var connection = !tried && services.Supply.TryRent(out var idle) ? idle
                : await OpenAsync(deadline, queued, cancellationToken).ConfigureAwait(false);
            return new SessionLease(holder, connection, deadline, held.Connection, held.Writer, SessionSpan.Granted(span));
        }
        catch
        {
            held.Release();
            throw;
        }
    }

    /// <summary>Waits for a permit. Inside another session that holds a connection, it takes a free one or fails
    /// (S14).</summary>
    private ValueTask<Permit> EnterAsync(
        SessionGate gate, LeaseHolder holder, Deadline deadline, CancellationToken cancellationToken)
    {
        var outer = SessionFlow.Current?.Find(services) ?? holder.Flow?.Find(services);
        if (outer is null || gate.IsClosed)
        {
            return gate.EnterAsync(deadline, holder, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return gate.TryEnter(out var permit)
            ? new(permit)
            : ValueTask.FromException<Permit>(new NestedSessionException(
                services.EngineName,
                outer.Describe(),
                holder.Origin.Operation,
                writing: ReferenceEquals(gate, services.WriteGate)));
    }

    private async Task WaitUntilUpAsync(bool patient, Deadline deadline, CancellationToken cancellationToken)
    {
        using var limit = services.Tokens.Rent(deadline.Left, cancellationToken);
        try
        {
            await services.Availability.WhenUpAsync(patient, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (services.Availability.Refusal() is { } down)
            {
                throw down;
            }
        }
    }

    private async Task<ProviderConnection> OpenAsync(Deadline deadline, TimeSpan queued, CancellationToken cancellationToken)
    {
        var supply = services.Supply;
        var since = services.Time.GetTimestamp();
        using var limit = services.Tokens.Rent(deadline.Left, cancellationToken);
        try
        {
            return await supply.RentAsync(isGrowth: false, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (supply.StopDuring(since) is { } stop)
            {
                throw stop;   // it waited for an existing connection, because no other could be opened
            }

            var wait = new PoolWait { Queue = queued, Open = services.Time.GetElapsedTime(since) };
            throw wait.Queue > wait.Open   // the queue took the time
                ? new PoolTimeoutException(deadline.Limit, services.Gate.Report(wait), error)
                : DatabaseUnavailableException.NoAnswer(services.Source.Server, deadline.Limit - queued, error);
        }
    }

    private void NoteFailure(LeaseHolder holder, Exception error)
    {
        var telemetry = services.Telemetry;
        switch (error)
        {
            case SessionRejectedException rejected:
                telemetry.Reject(holder.Origin.Operation, rejected.Reason);
                break;
            case PoolTimeoutException:
                telemetry.Ledger.Rejected(holder.Origin.Operation);
                break;
            case NestedSessionException nested:
                telemetry.Reject(holder.Origin.Operation, RejectionReason.Nested);
                telemetry.Findings.Add(
                    FindingKind.NestedSession, holder.Origin.Operation, nested.Outer.Operation, SessionFindings.Nested, nested);
                break;
        }
    }

    private struct Permits
    {
        public Permit Connection;
        public Permit Writer;

        public void Release()
        {
            Connection.Release();
            Writer.Release();
            this = default;
        }
    }
}
