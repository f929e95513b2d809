using Millpond.Admission;
using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>A connection while a session has it, with the permits it stands for.</summary>
internal sealed class SessionLease(ProviderConnection connection, Permit permit, Permit writePermit, int slot)
{
    public ProviderConnection Connection { get; } = connection;

    public Permit Permit { get; } = permit;

    /// <summary>Gets or sets the permit to write, where the database has only one.</summary>
    public Permit WritePermit { get; set; } = writePermit;

    public int Slot { get; } = slot;

    public bool InTransaction { get; set; }
}
