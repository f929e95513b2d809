using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>A requested transfer and the response to it.</summary>
internal sealed class Attempt(NewTransfer asked)
{
    public NewTransfer Asked { get; } = asked;

    /// <summary>Gets or sets the outcome. Unknown until there is a response.</summary>
    public OutcomeKind Kind { get; set; } = OutcomeKind.Unknown;

    /// <summary>Gets or sets the transfer from a 201 response.</summary>
    public Transfer? Booked { get; set; }
}
