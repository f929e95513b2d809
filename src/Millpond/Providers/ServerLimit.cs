using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>A limit of the number of connections of a database server.</summary>
/// <remarks>For provider authors.</remarks>
[Experimental(ProviderSeam.Id)]
public sealed class ServerLimit
{
    /// <summary>Gets its name: <c>max_connections</c>, a limit of the user or of the database.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many connections it allows in total.</summary>
    public required int Slots { get; init; }

    /// <summary>Gets how many of those are reserved for other users.</summary>
    public int Reserved { get; init; }

    /// <summary>Gets how many are in use now by clients other than this engine's workers.</summary>
    public int Others { get; init; }

    /// <summary>Gets how many the engine's workers could hold without other clients.</summary>
    internal int Ceiling => Math.Max(0, Slots - Reserved);

    /// <summary>Gets how many they can hold in addition to the current clients.</summary>
    internal int Usable => Math.Max(0, Ceiling - Others);
}
