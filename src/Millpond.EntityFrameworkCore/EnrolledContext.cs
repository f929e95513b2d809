using Microsoft.EntityFrameworkCore;
using Millpond.Transactions.Hooks;

namespace Millpond.EntityFrameworkCore;

/// <summary>A context as part of a session: bound to its connection, and asked for unsaved changes before each commit.</summary>
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

    /// <summary>Gets whether it is still the same user's: one given back to its pool may be somebody else's by now.</summary>
    private bool IsOurs => _context.ContextId == _lease;

    /// <summary>Binds a context to a session. Does no I/O, and has to be done at each lease of a pooled context: the pool keeps
    /// the connection of the last one.</summary>
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
            return Task.CompletedTask;   // its user threw the changes away
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
            _context.ChangeTracker.Clear();   // what the last unit of work did not commit is none of the next one's business
            _context.Database.CloseConnection();   // EF counts who opened it, and changes no connection meanwhile
            _context.Database.SetDbConnection(_session.Connection, contextOwnsConnection: false);
        }
        catch (ObjectDisposedException)
        {
            // Nobody has it any more.
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
