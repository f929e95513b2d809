using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>Adds a function to each connection that EF opens.</summary>
public sealed class CastingInterceptor : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        ((SqliteConnection)connection).CreateFunction("twice", static (long number) => 2 * number);
}
