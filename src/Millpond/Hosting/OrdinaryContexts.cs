using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millpond.Hosting;

/// <summary>Reports contexts of EF Core that are registered as without Millpond: what they save belongs to no session.</summary>
/// <remarks>By the name of their options' class, because EF Core is not referenced: whoever has not found
/// <c>AddSessionDbContext</c> yet does not reference its package either.</remarks>
internal sealed class OrdinaryContexts(IServiceCollection registered)
{
    private const string OptionsClass = "Microsoft.EntityFrameworkCore.DbContextOptions`1";

    public void Report(IServiceProvider services, IReadOnlyList<DbEngine> engines, ILogger logger)
    {
        var contexts = registered
            .Where(static one => one.ServiceType.IsConstructedGenericType &&
                one.ServiceType.GetGenericTypeDefinition().FullName == OptionsClass)
            .Select(static one => one.ServiceType.GenericTypeArguments[0])
            .Distinct();

        // A context on sessions has a session's connection, which is of another class than the driver's: it is the same to none.
        var databases = services.GetService<ContextDatabases>();
        foreach (var context in contexts)
        {
            if (databases is null)
            {
                HostingLog.OrdinaryContext(logger, context.Name, context.Name);
            }
            else if (engines.FirstOrDefault(engine => databases.AreSame(services, context, engine)) is { } engine)
            {
                HostingLog.OrdinaryContextOfEngine(logger, context.Name, engine.Name, context.Name);
            }
        }
    }
}
