using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>A database provider: reads connection strings and creates the source of connections and the sessions' connection
/// class.</summary>
/// <remarks>For provider authors. One instance serves one engine.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class DatabaseProvider
{
    /// <summary>Gets the display name of the database.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the supported URL schemes, in lower case.</summary>
    public abstract IReadOnlyList<string> Schemes { get; }

    /// <summary>Converts a URL with one of its schemes to the driver's connection string.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="faults">Receives a sentence per fault, without a password.</param>
    /// <returns>The connection string; ignored if there are faults.</returns>
    public abstract string ReadUrl(ConnectionUrl url, ICollection<string> faults);

    /// <summary>Validates an ADO.NET connection string.</summary>
    /// <param name="connectionString">The string.</param>
    /// <param name="faults">Receives a sentence per fault, without a password. None: the driver supports every keyword.</param>
    public abstract void Check(string connectionString, ICollection<string> faults);

    /// <summary>Creates the source of connections. Does no I/O.</summary>
    public abstract ConnectionSource CreateSource(SourceSettings settings);

    /// <summary>Creates the connection class of a session.</summary>
    public abstract SessionConnection CreateFacade(SessionHandle handle);
}
