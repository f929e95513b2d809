namespace Millpond.Soak.Service;

/// <summary>What a client asks for.</summary>
/// <param name="Key">By which it is found in the books.</param>
/// <param name="Payer">The account that pays.</param>
/// <param name="Payee">The one that gets it.</param>
/// <param name="Amount">How much.</param>
internal sealed record Transfer(Guid Key, int Payer, int Payee, int Amount);
