using Millpond.Providers;

namespace Millpond.PostgreSql.Connections;

/// <summary>The facade of a session on PostgreSQL. It has the driver's class name because Dapper decides by it (F03).</summary>
internal sealed class NpgsqlConnection(SessionHandle handle) : SessionConnection(handle);
