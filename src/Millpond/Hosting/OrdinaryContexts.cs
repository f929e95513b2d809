using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millpond.Hosting;

/// <summary>Reports EF Core contexts that are registered with <c>AddDbContext</c>, so their saves are not part of a
/// session.</summary>
/// <remarks>Recognises them by the name of their options' class, because EF Core is not referenced: a program that does not use
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

        // A context on sessions has a session's connection, whose class is not the driver's, so it matches no engine.
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
