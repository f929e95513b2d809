using Millpond.Soak.Service;

namespace Millpond.Soak.Database;

/// <summary>The content of the database at the end.</summary>
/// <param name="Transfers">All transfers, including duplicates.</param>
/// <param name="Total">The sum of all balances.</param>
/// <param name="WrongAccounts">The number of accounts whose balance does not match their transfers.</param>
internal sealed record Books(IReadOnlyList<Transfer> Transfers, long Total, long WrongAccounts);
