namespace Millpond.Providers;

/// <summary>Tracks a statement that may contain statements: CREATE FUNCTION … BEGIN ATOMIC … END, CREATE TRIGGER … BEGIN …
/// END.</summary>
/// <remarks>In both, every inner statement ends with a semicolon, so the body's own END, and no CASE's, follows a semicolon.
/// SQLite's shell decides in the same way.</remarks>
internal struct SqlBody
{
    private Place _place;

    private enum Place
    {
        Start,
        Create,
        Routine,
        RoutineBegin,
        Body,
        Semicolon,
        End,
        Other,
    }

    /// <summary>Gets whether a semicolon now would not end the statement.</summary>
    public readonly bool IsOpen => _place is Place.Body or Place.Semicolon;

    /// <summary>Processes the statement's next token.</summary>
    public void Follow(SqlTokens token) => _place = _place switch
    {
        Place.Start => token.Is("create") ? Place.Create
            : token.Is("explain") || token.Is("query") || token.Is("plan") ? Place.Start : Place.Other,
        Place.Create when token.Is("trigger") => token.IsSqlite ? Place.Body : Place.Other,
        Place.Create when token.Is("function") || token.Is("procedure") => Place.Routine,
        Place.Create => token.Is("or") || token.Is("replace") || token.Is("temp") || token.Is("temporary")
            ? Place.Create : Place.Other,
        Place.Routine => token.Is("begin") ? Place.RoutineBegin : Place.Routine,
        Place.RoutineBegin => token.Is("atomic") ? Place.Semicolon : Place.Routine,   // an empty body has no semicolon
        Place.Semicolon when token.Is("end") => Place.End,
        Place.Body or Place.Semicolon or Place.End => token.Text is ";" ? Place.Semicolon : Place.Body,
        _ => Place.Other,
    };
}
