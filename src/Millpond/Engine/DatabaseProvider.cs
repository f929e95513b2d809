using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>
/// What a provider package brings: it reads connection strings, makes the source of connections and the facade.
/// </summary>
/// <remarks>For provider authors. One instance serves one engine.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class DatabaseProvider
{
    /// <summary>Gets the database's name as a person would write it.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the URL schemes it serves, in lower case.</summary>
    public abstract IReadOnlyList<string> Schemes { get; }

    /// <summary>Turns a URL of one of its schemes into the driver's connection string.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="faults">Takes every fault found, each a sentence that shows no password.</param>
    /// <returns>The connection string; what it holds does not matter when there are faults.</returns>
    public abstract string ReadUrl(ConnectionUrl url, ICollection<string> faults);

    /// <summary>Checks an ADO.NET connection string.</summary>
    /// <param name="connectionString">The string.</param>
    /// <param name="faults">Takes every fault found, each a sentence that shows no password. None: it knows every key.</param>
    public abstract void Check(string connectionString, ICollection<string> faults);

    /// <summary>Makes the source of connections. Does no I/O.</summary>
    public abstract ConnectionSource CreateSource(SourceSettings settings);

    /// <summary>Makes the facade of a session.</summary>
    public abstract SessionConnection CreateFacade(SessionHandle handle);
}
