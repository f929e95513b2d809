using System.Data.Common;
using Millpond.AdoNet;
using Millpond.Leasing;

namespace Millpond.EntityFrameworkCore;

/// <summary>Gives contexts a connection that is theirs and ends with them.</summary>
internal static class OwnSession
{
    /// <summary>Opens a session in which each statement commits by itself.</summary>
    public static DbConnection Open(DbEngine engine, Type context, IServiceProvider? services = null)
    {
        var options = engine.SessionDefaults.Copy();
        options.Mode = SessionMode.Autocommit;
        var origin = new SessionOrigin { Operation = $"a {context.Name} of IDbContextFactory", Services = services };
        return engine.OpenSession(options, origin).OwnedConnection;
    }

    /// <summary>Makes a connection beside the pool; where there can be none, because the database lives in memory, such a
    /// session's.</summary>
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
