using Millpond.Providers;

namespace Millpond.Sqlite;

/// <summary>A session's connection as libraries see it. It has the name of the driver's class, because some libraries check it
/// (F03).</summary>
internal sealed class SqliteConnection(SessionHandle handle) : SessionConnection(handle);
