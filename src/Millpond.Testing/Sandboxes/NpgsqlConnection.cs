using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>The facade of a session in a sandbox. It has the driver's class name because Dapper decides by it.</summary>
internal sealed class NpgsqlConnection(SessionHandle handle) : SessionConnection(handle);
