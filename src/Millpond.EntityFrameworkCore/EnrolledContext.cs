using Microsoft.EntityFrameworkCore;
using Millpond.Transactions.Hooks;

namespace Millpond.EntityFrameworkCore;

/// <summary>A context as part of a session: bound to its connection, and checked for unsaved changes before each
/// commit.</summary>
internal sealed class EnrolledContext : SessionParticipant
{
    private readonly DbContext _context;
    private readonly DbContextId _lease;
    private readonly UnsavedChanges _unsaved;
    private readonly DbSession _session;

    private EnrolledContext(DbContext context, DbSession session, UnsavedChanges unsaved)
    {
        _context = context;
        _lease = context.ContextId;
        _session = session;
        _unsaved = unsaved;
    }

    /// <summary>Gets whether the context still has the same user. After its return to the pool it may have another.</summary>
    private bool IsOurs => _context.ContextId == _lease;

    /// <summary>Binds a context to a session. Does no I/O. A pooled context must be bound each time it is taken, because it
    /// keeps its last connection.</summary>
    public static void Bind(DbContext context, DbSession session, UnsavedChanges unsaved)
    {
        context.Database.SetDbConnection(session.Connection, contextOwnsConnection: false);
        session.Unit.Hooks.Enroll(new EnrolledContext(context, session, unsaved));
    }

    public override Task BeforeCommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _unsaved == UnsavedChanges.Ignore || !IsOurs || !_context.ChangeTracker.HasChanges() ? Task.CompletedTask
                : _unsaved == UnsavedChanges.Save ? _context.SaveChangesAsync(cancellationToken)
                : Task.FromException(Describe());
        }
        catch (ObjectDisposedException)
        {
            return Task.CompletedTask;   // the user discarded the changes
        }
    }

    public override void Rearm()
    {
        if (!IsOurs)
        {
            return;
        }

        try
        {
            _context.Database.CurrentTransaction?.Dispose();
            _context.ChangeTracker.Clear();   // changes that the last unit of work did not commit do not belong to the next one
            _context.Database.CloseConnection();   // EF Core counts openings, and cannot change the connection while it is open
            _context.Database.SetDbConnection(_session.Connection, contextOwnsConnection: false);
        }
        catch (ObjectDisposedException)
        {
            // The context has no user any more.
        }
    }

    private UnsavedChangesException Describe()
    {
        var states = _context.ChangeTracker.Entries().ToLookup(static entry => entry.State);
        return new UnsavedChangesException(
            _context.GetType(),
            _session.Origin.Operation,
            states[EntityState.Added].Count(),
            states[EntityState.Modified].Count(),
            states[EntityState.Deleted].Count());
    }
}
