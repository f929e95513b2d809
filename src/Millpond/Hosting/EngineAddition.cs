
namespace Millpond.Hosting;

/// <summary>An addition of another package to each engine, made before its first connection opens.</summary>
internal abstract class EngineAddition
{
    /// <summary>Makes the addition. Called once for each engine.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="engine">The engine, which has no connection yet.</param>
    public abstract void AddTo(IServiceProvider services, DbEngine engine);

    /// <summary>Validates its configuration at startup, when all engines exist. An exception stops the start.</summary>
    /// <returns>A task that completes when the configuration is validated.</returns>
    public virtual Task CheckAsync() => Task.CompletedTask;
}
