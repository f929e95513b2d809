using System.Data.Common;
using Millpond.AdoNet;
using Millpond.Leasing;

namespace Millpond.EntityFrameworkCore;

/// <summary>Creates connections that belong to a context and end with it.</summary>
internal static class OwnSession
{
    /// <summary>Opens a session in which each statement commits on its own.</summary>
    public static DbConnection Open(DbEngine engine, Type context, IServiceProvider? services = null)
    {
        var options = engine.SessionDefaults.Copy();
        options.Mode = SessionMode.Autocommit;
        var origin = new SessionOrigin { Operation = $"a {context.Name} of IDbContextFactory", Services = services };
        return engine.OpenSession(options, origin).OwnedConnection;
    }

    /// <summary>Creates a connection in addition to the pool. For an in-memory database, which has only one, it uses such a
    /// session.</summary>
    /// <remarks>Call it in the asynchronous method that does the work, which may then make synchronous calls.</remarks>
    public static DbConnection SetUp(DbEngine engine, Type context)
    {
        if (engine.Source.CreateConnection() is { } beside)
        {
            return beside;
        }

        SynchronousCalls.AllowHere();
        return Open(engine, context);
    }
}
