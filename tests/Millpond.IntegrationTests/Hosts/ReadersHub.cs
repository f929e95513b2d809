
namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub that inherits its methods, and says how all of them behave.</summary>
[Session(Access = SessionAccess.ReadOnly)]
public sealed class ReadersHub(DbSession session) : UsersHub(session);
