using System.Collections.Concurrent;
using System.Text.Json;
using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>Makes transfers of random amounts between random accounts, and records each with its response.</summary>
/// <param name="bank">The bank.</param>
/// <param name="accounts">The accounts.</param>
/// <param name="seed">The seed of the random numbers.</param>
internal sealed class TransferLoad(BankApi bank, IReadOnlyList<long> accounts, int seed)
{
    /// <summary>The maximum amount in cents. Some accounts become empty, which is part of the load.</summary>
    private const int Most = 20_000;

    private readonly ConcurrentQueue<Attempt> _attempts = new();

    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    public async Task<Outcome> SendAsync(long number, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(Choose(number));
        _attempts.Enqueue(attempt);
        try
        {
            var (outcome, body) = await bank.TransferAsync(attempt.Asked, cancellationToken);
            attempt.Kind = outcome.Kind;
            attempt.Booked = outcome.Kind == OutcomeKind.Done ? Read(body) : null;
            return outcome;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            attempt.Kind = HttpOutcome.OfFailure(failure).Kind;
            throw;
        }
    }

    private NewTransfer Choose(long number)
    {
        var random = new Random(unchecked((int)((seed * 1_000_003L) + number)));
        var from = random.Next(accounts.Count);
        var to = random.Next(accounts.Count - 1);
        return new NewTransfer
        {
            From = accounts[from],
            To = accounts[to < from ? to : to + 1],
            Amount = random.Next(1, Most + 1),
        };
    }

    private static Transfer? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<Transfer>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
