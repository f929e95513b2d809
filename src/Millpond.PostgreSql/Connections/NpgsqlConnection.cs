using Millpond.Providers;

namespace Millpond.PostgreSql.Connections;

/// <summary>A session's connection on PostgreSQL. It has the driver's class name, because Dapper checks it (F03).</summary>
internal sealed class NpgsqlConnection(SessionHandle handle) : SessionConnection(handle);
