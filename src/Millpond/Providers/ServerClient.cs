namespace Millpond;

/// <summary>Connections of one other client to a database server.</summary>
/// <param name="Application">Its application name; empty if it has none.</param>
/// <param name="User">Its user.</param>
/// <param name="Database">The database it is connected to.</param>
/// <param name="Connections">How many connections it has.</param>
public readonly record struct ServerClient(string Application, string User, string Database, int Connections)
{
    /// <summary>Returns it as <c>psql (ada, shop): 3</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"{(Application.Length == 0 ? "unnamed" : Application)} ({User}, {Database}): {Connections}");
}
