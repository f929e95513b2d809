using System.Diagnostics;

namespace Millpond.IntegrationTests.Bank;

/// <summary>One transfer that a client asked for, and what it was told.</summary>
/// <param name="Client">Which of the crowd.</param>
/// <param name="From">The account that pays.</param>
/// <param name="To">The account that is paid.</param>
/// <param name="Amount">Whole cents. No other transfer has the same, so this is its mark in the database.</param>
/// <param name="Began">When it was sent, by <see cref="Stopwatch"/>.</param>
/// <param name="Ended">When the client was told, or gave up.</param>
/// <param name="Reply">What it was told.</param>
internal sealed record TransferAttempt(
    int Client, long From, long To, long Amount, long Began, long Ended, TransferReply Reply)
{
    /// <summary>Gets whether the bank did what it should: moved the money, or refused to for a reason of its own.</summary>
    /// <remarks>Where transfers are serializable, another client in the way is such a reason.</remarks>
    public bool IsServed =>
        Reply.Fate == TransferFate.Made || Reply.What is TransferReply.LacksMoney or TransferReply.Conflict;

    public bool IsUnderWay(long at) => Began <= at && at < Ended;
}
