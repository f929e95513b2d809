using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting;

namespace Millpond.EntityFrameworkCore;

/// <summary>Compares the database of an ordinary context with an engine's, by their connections, which stay closed.</summary>
internal sealed class RelationalDatabases : ContextDatabases
{
    /// <returns>False if it is unknown, for example because the context's constructor needs a request.</returns>
    public override bool AreSame(IServiceProvider services, Type context, DbEngine engine)
    {
        try
        {
            using var scope = services.CreateScope();
            if (scope.ServiceProvider.GetService(context) is not DbContext ordinary || !ordinary.Database.IsRelational())
            {
                return false;
            }

            var its = ordinary.Database.GetDbConnection();
            using var own = engine.Source.Factory.CreateConnection();
            if (own?.GetType() != its.GetType())
            {
                return false;
            }

            // A server can have several names, so only the database is compared. A file has one path.
            own.ConnectionString = engine.Source.PublicConnectionString;
            return own.Database == its.Database &&
                (engine.Source.IsRemote || Path.GetFullPath(own.DataSource) == Path.GetFullPath(its.DataSource));
        }
        catch (Exception)
        {
            return false;
        }
    }
}
