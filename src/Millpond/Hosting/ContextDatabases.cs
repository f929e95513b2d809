namespace Millpond.Hosting;

/// <summary>Compares the databases of EF Core contexts with those of engines.</summary>
internal abstract class ContextDatabases
{
    /// <summary>Returns whether a context uses an engine's database. Does no I/O.</summary>
    public abstract bool AreSame(IServiceProvider services, Type context, DbEngine engine);
}
