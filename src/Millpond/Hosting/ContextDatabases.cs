namespace Millpond.Hosting;

/// <summary>Knows which database a context of EF Core uses.</summary>
internal abstract class ContextDatabases
{
    /// <summary>Says whether a context uses the database of an engine. Does no I/O.</summary>
    public abstract bool AreSame(IServiceProvider services, Type context, DbEngine engine);
}
