namespace Millpond.Soak.Service;

/// <summary>A requested transfer.</summary>
/// <param name="Key">Identifies it in the books.</param>
/// <param name="Payer">The account to debit.</param>
/// <param name="Payee">The account to credit.</param>
/// <param name="Amount">The amount.</param>
internal sealed record Transfer(Guid Key, int Payer, int Payee, int Amount);
