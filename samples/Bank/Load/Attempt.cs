using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>A transfer that was asked for, and what the bank said.</summary>
internal sealed class Attempt(NewTransfer asked)
{
    public NewTransfer Asked { get; } = asked;

    /// <summary>Gets or sets what is known of it. Nothing, until there is an answer.</summary>
    public OutcomeKind Kind { get; set; } = OutcomeKind.Unknown;

    /// <summary>Gets or sets the transfer in the answer 201.</summary>
    public Transfer? Booked { get; set; }
}
