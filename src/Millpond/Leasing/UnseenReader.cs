using System.Data.Common;

namespace Millpond.Leasing;

/// <summary>A reader that an object mapper got as the driver made it, so that the session does not see its steps (F05).</summary>
/// <param name="Reader">The driver's reader.</param>
/// <param name="Target">The provider's command or batch, for cancelling it.</param>
/// <param name="Text">Its SQL text.</param>
internal sealed record UnseenReader(DbDataReader Reader, object Target, string Text)
{
    /// <summary>Gets whether it stands open.</summary>
    /// <remarks>Drivers use one object for several readers, one after the other: only the latest may be asked.</remarks>
    public bool IsOpen => !Reader.IsClosed;
}
