using Millpond.Soak.Service;

namespace Millpond.Soak.Database;

/// <summary>What the database holds when all is over.</summary>
/// <param name="Transfers">Every transfer that was made, as often as it was.</param>
/// <param name="Total">What the accounts hold together.</param>
/// <param name="WrongAccounts">How many accounts hold something else than their transfers say.</param>
internal sealed record Books(IReadOnlyList<Transfer> Transfers, long Total, long WrongAccounts);
