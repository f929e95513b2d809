namespace Millpond.IntegrationTests.Texts;

/// <summary>What a server did with a text inside a transaction.</summary>
/// <param name="Failed">Whether it reported an error.</param>
/// <param name="Ended">Whether the transaction was ended, even if another one was begun.</param>
/// <param name="Warned">Whether it warned of a second transaction, or of none.</param>
/// <param name="Leaves">Whether something was left on the connection after the commit.</param>
public sealed record TextVerdict(bool Failed, bool Ended, bool Warned, bool Leaves);
