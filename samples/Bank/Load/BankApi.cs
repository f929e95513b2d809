using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bank.Accounts;
using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>Speaks to a bank as anybody could: over HTTP, by its public API.</summary>
internal sealed class BankApi : IDisposable
{
    private const int PageSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpTarget _target;

    public BankApi(Uri address)
    {
        var text = address.GetLeftPart(UriPartial.Path);
        Address = new Uri(text.EndsWith('/') ? text : text + "/");
        _target = new HttpTarget(Address);
    }

    public Uri Address { get; }

    public void Dispose() => _target.Dispose();

    /// <summary>Makes a transfer, or not: see the outcome.</summary>
    public Task<(Outcome Outcome, byte[] Body)> TransferAsync(NewTransfer transfer, CancellationToken cancellationToken) =>
        _target.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "transfers") { Content = Json(transfer) }, cancellationToken);

    /// <exception cref="LoadFailure">There is no bank at the address.</exception>
    public async Task<TotalsNow> TotalsAsync(CancellationToken cancellationToken) =>
        await AskAsync<TotalsNow>(new(HttpMethod.Get, "totals"), cancellationToken);

    /// <exception cref="LoadFailure">The bank refuses.</exception>
    public Task<Account> OpenAsync(NewAccount account, CancellationToken cancellationToken) =>
        AskAsync<Account>(new(HttpMethod.Post, "accounts") { Content = Json(account) }, cancellationToken);

    /// <summary>All accounts, ascending by id.</summary>
    public IAsyncEnumerable<Account> AccountsAsync(CancellationToken cancellationToken) =>
        PagesAsync<Account>("accounts", 0, account => account.Id, cancellationToken);

    /// <summary>All transfers with a higher id, ascending.</summary>
    public IAsyncEnumerable<Transfer> TransfersAsync(long after, CancellationToken cancellationToken) =>
        PagesAsync<Transfer>("transfers", after, transfer => transfer.Id, cancellationToken);

    /// <summary>The highest id of a transfer, found by halving: the list has no other end to begin with.</summary>
    public async Task<long> LastTransferAsync(CancellationToken cancellationToken)
    {
        var (least, most) = (0L, 1L);
        while (await IsAnyBehindAsync(most))
        {
            (least, most) = (most, most * 2);
        }

        while (most > least)   // something lies behind every id below 'least', nothing behind 'most'
        {
            var middle = least + ((most - least) / 2);
            (least, most) = await IsAnyBehindAsync(middle) ? (middle + 1, most) : (least, middle);
        }

        return most;

        async Task<bool> IsAnyBehindAsync(long id) =>
            (await PageAsync<Transfer>("transfers", id, 1, cancellationToken)).Count > 0;
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(
        string list, long after, Func<T, long> id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var page = await PageAsync<T>(list, after, PageSize, cancellationToken); page.Count > 0;)
        {
            foreach (var item in page)
            {
                yield return item;
            }

            page = page.Count < PageSize ? [] : await PageAsync<T>(list, id(page[^1]), PageSize, cancellationToken);
        }
    }

    private Task<List<T>> PageAsync<T>(string list, long after, int limit, CancellationToken cancellationToken) =>
        AskAsync<List<T>>(
            new(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{list}?after={after}&limit={limit}")),
            cancellationToken);

    private async Task<T> AskAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var what = $"{request.Method} /{request.RequestUri}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var (outcome, body) = await _target.SendAsync(request, limit.Token);
            return outcome.Kind == OutcomeKind.Done
                ? JsonSerializer.Deserialize<T>(body, JsonSerializerOptions.Web) ?? throw new JsonException()
                : throw new LoadFailure($"{Address} answered {what} with {outcome.Name}.");
        }
        catch (JsonException)
        {
            throw new LoadFailure($"{Address} answered {what} with something else than a bank does. Is it one?");
        }
        catch (HttpRequestException fault)
        {
            throw new LoadFailure($"{Address} cannot be reached: {HttpOutcome.OfFailure(fault).Name}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LoadFailure($"{Address} did not answer {what} within {Patience.TotalSeconds:N0} s.");
        }
    }

    private static ByteArrayContent Json<T>(T body) => new(JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web))
    {
        Headers = { ContentType = new("application/json") },
    };

    /// <summary>The bank's sums as they arrive: JSON knows no Int128.</summary>
    internal sealed record TotalsNow(long Accounts, decimal Balance, long Transfers)
    {
        public override string ToString() =>
            FormattableString.Invariant($"{Balance / 100:N2} in {Accounts:N0} accounts, {Transfers:N0} transfers");
    }
}
