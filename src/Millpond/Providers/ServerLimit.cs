using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>One of the bounds that a database server sets to the number of its connections.</summary>
/// <remarks>For provider authors.</remarks>
[Experimental(ProviderSeam.Id)]
public sealed class ServerLimit
{
    /// <summary>Gets what it is called where it is set: <c>max_connections</c>, a limit of the user or of the database.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many connections it allows, whoever holds them.</summary>
    public required int Slots { get; init; }

    /// <summary>Gets how many of those are kept for users that the engine's is none of.</summary>
    public int Reserved { get; init; }

    /// <summary>Gets how many count toward it now and are no connection of this engine's workers.</summary>
    public int Others { get; init; }

    /// <summary>Gets how many the engine's workers could hold with nobody else there.</summary>
    internal int Ceiling => Math.Max(0, Slots - Reserved);

    /// <summary>Gets how many they can hold beside those who are there now.</summary>
    internal int Usable => Math.Max(0, Ceiling - Others);
}
