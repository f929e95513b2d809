
namespace Millpond.Hosting;

/// <summary>Something that a satellite adds to each of the host's engines before its first connection opens.</summary>
internal abstract class EngineAddition
{
    /// <summary>Adds it. Called once for each engine.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="engine">The engine, new and without a connection.</param>
    public abstract void AddTo(IServiceProvider services, DbEngine engine);

    /// <summary>Checks its settings at the host's start, when all engines are there. What it throws stops the start.</summary>
    /// <returns>A task that ends when they are checked.</returns>
    public virtual Task CheckAsync() => Task.CompletedTask;
}
