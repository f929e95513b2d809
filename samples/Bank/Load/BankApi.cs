using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bank.Accounts;
using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>A client of a bank's public HTTP API.</summary>
internal sealed class BankApi : IDisposable
{
    private const int PageSize = 500;
    private const int MostItems = 10_000_000;
    private const int TransferKept = 16 * 1024;   // small, because many are in progress
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ListPatience = TimeSpan.FromMinutes(5);

    /// <summary>An owner that is null or a missing member is an error.</summary>
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly HttpTarget _target;

    public BankApi(Uri address)
    {
        var text = address.GetLeftPart(UriPartial.Path);
        Address = new Uri(text.EndsWith('/') ? text : text + "/");
        _target = new HttpTarget(Address);
    }

    public Uri Address { get; }

    public void Dispose() => _target.Dispose();

    /// <summary>Requests a transfer. The outcome tells whether it was made.</summary>
    public Task<(Outcome Outcome, byte[] Body)> TransferAsync(NewTransfer transfer, CancellationToken cancellationToken) =>
        _target.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "transfers") { Content = Json(transfer) }, cancellationToken, TransferKept);

    /// <exception cref="LoadFailure">The address is not a bank.</exception>
    public async Task<TotalsNow> TotalsAsync(CancellationToken cancellationToken) =>
        await AskAsync<TotalsNow>(new(HttpMethod.Get, "totals"), cancellationToken);

    /// <exception cref="LoadFailure">The bank rejected the request.</exception>
    public Task<Account> OpenAsync(NewAccount account, CancellationToken cancellationToken) =>
        AskAsync<Account>(new(HttpMethod.Post, "accounts") { Content = Json(account) }, cancellationToken);

    /// <summary>Reads all accounts, ascending by id.</summary>
    public IAsyncEnumerable<Account> AccountsAsync(CancellationToken cancellationToken) =>
        PagesAsync<Account>("accounts", 0, account => account.Id, cancellationToken);

    /// <summary>Reads all transfers with a higher id, ascending.</summary>
    public IAsyncEnumerable<Transfer> TransfersAsync(long after, CancellationToken cancellationToken) =>
        PagesAsync<Transfer>("transfers", after, transfer => transfer.Id, cancellationToken);

    /// <summary>Finds the highest id of a transfer by bisection, because the list cannot be read backwards.</summary>
    public async Task<long> LastTransferAsync(CancellationToken cancellationToken)
    {
        var (least, most) = (0L, 1L);
        while (await IsAnyBehindAsync(most))
        {
            (least, most) = (most, most <= long.MaxValue / 2 ? most * 2 : throw NoBank("GET /transfers"));
        }

        while (most > least)   // there are transfers after every id below 'least', and none after 'most'
        {
            var middle = least + ((most - least) / 2);
            (least, most) = await IsAnyBehindAsync(middle) ? (middle + 1, most) : (least, middle);
        }

        return most;

        async Task<bool> IsAnyBehindAsync(long id) =>
            (await PageAsync<Transfer>("transfers", id, 1, transfer => transfer.Id, cancellationToken)).Count > 0;
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(
        string list, long after, Func<T, long> id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (began, read) = (TimeProvider.System.GetTimestamp(), 0);
        for (var isMore = true; isMore;)
        {
            var page = await PageAsync(list, after, PageSize, id, cancellationToken);
            foreach (var item in page)
            {
                yield return item;
            }

            isMore = page.Count == PageSize;
            after = isMore ? id(page[^1]) : after;
            if ((read += page.Count) > MostItems || TimeProvider.System.GetElapsedTime(began) > ListPatience)
            {
                throw new LoadFailure(string.Create(
                    CultureInfo.InvariantCulture, $"{Address} lists more {list} than can be read: {read:N0} and no end."));
            }
        }
    }

    private async Task<List<T>> PageAsync<T>(
        string list, long after, int limit, Func<T, long> id, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{list}?after={after}&limit={limit}");
        var page = await AskAsync<List<T>>(new(HttpMethod.Get, path), cancellationToken);
        var ascends = page.TrueForAll(item => item is not null && id(item) > after && (after = id(item)) > 0);
        return ascends && page.Count <= limit ? page : throw NoBank($"GET /{path}");
    }

    private async Task<T> AskAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var what = $"{request.Method} /{request.RequestUri}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var (outcome, body) = await _target.SendAsync(request, limit.Token, whole: false);
            return outcome.Kind == OutcomeKind.Done
                ? JsonSerializer.Deserialize<T>(body, Strict) ?? throw new JsonException()
                : throw new LoadFailure($"{Address} answered {what} with {outcome.Name}.");
        }
        catch (JsonException)
        {
            throw NoBank(what);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            var outcome = HttpOutcome.OfFailure(fault);
            throw new LoadFailure(outcome.Kind == OutcomeKind.Refused
                ? $"{Address} cannot be reached: {outcome.Name}."
                : $"{Address} did not answer {what}: {outcome.Name}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LoadFailure($"{Address} did not answer {what} within {Patience.TotalSeconds:N0} s.");
        }
    }

    private LoadFailure NoBank(string what) =>
        new($"{Address} gave an unexpected answer to {what}. Is it a bank?");

    private static ByteArrayContent Json<T>(T body) => new(JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web))
    {
        Headers = { ContentType = new("application/json") },
    };

    /// <summary>The bank's totals as JSON numbers, which have no Int128.</summary>
    internal sealed record TotalsNow(long Accounts, decimal Balance, long Transfers)
    {
        public override string ToString() =>
            FormattableString.Invariant($"{Balance / 100:N2} in {Accounts:N0} accounts, {Transfers:N0} transfers");
    }
}
