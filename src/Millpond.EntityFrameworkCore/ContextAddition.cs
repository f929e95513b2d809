using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Engine;
using Millpond.Hosting;

namespace Millpond.EntityFrameworkCore;

/// <summary>Lets an engine know of the contexts that its sessions are for.</summary>
internal sealed class ContextAddition<TContext>(ContextPlan plan) : EngineAddition
    where TContext : DbContext
{
    public override void AddTo(IServiceProvider services, DbEngine engine)
    {
        if ((plan.EngineName ?? MillpondServiceCollectionExtensions.FindSoleName(services)) == engine.Name)
        {
            var contexts = services.GetRequiredService<SessionContexts<TContext>>();
            contexts.Equip(engine.Source);
            SetUpContexts.Register(engine, contexts);
        }
    }
}
