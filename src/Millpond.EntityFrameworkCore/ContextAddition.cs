using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting;

namespace Millpond.EntityFrameworkCore;

/// <summary>Lets an engine know of the contexts that its sessions are for.</summary>
internal sealed class ContextAddition<TContext>(IServiceProvider services, ContextPlan plan) : EngineAddition
    where TContext : DbContext
{
    private SessionContexts<TContext> Contexts => services.GetRequiredService<SessionContexts<TContext>>();

    public override void AddTo(IServiceProvider services, DbEngine engine)
    {
        if ((plan.EngineName ?? services.GetRequiredService<EngineNames>().Main) == engine.Name)
        {
            Contexts.Equip(engine.Source);
            SetUpContexts.Register(engine, Contexts);
        }
    }

    public override Task CheckAsync() => Contexts.CheckAsync();
}
