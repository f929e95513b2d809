using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Millpond.Soak.Database;
using Millpond.Soak.Service;

namespace Millpond.Soak.Load;

/// <summary>The clients of the service, and the outcomes of their requests.</summary>
internal sealed class Clients(Uri address, int seed) : IDisposable
{
    /// <summary>The longest acceptable wait: the session timeout, the limits of the commit and of querying its outcome, and 2 s
    /// for a busy machine.</summary>
    public static readonly TimeSpan LongestWait =
        BookService.SessionTimeout + (2 * BookService.CleanupTimeout) + TimeSpan.FromSeconds(2);

    private const int MostAmount = 100;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);   // an idle connection is an open file of the service

    private readonly HttpTarget _target = new(address, Idle);
    private readonly ConcurrentQueue<RequestRecord> _records = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _crowds;

    /// <summary>Gets the time since the start of the run.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Gets the requests that have ended.</summary>
    public IReadOnlyCollection<RequestRecord> Records => _records;

    /// <summary>Sends all kinds of requests for a time.</summary>
    public Task<LoadReport> MixAsync(double rate, TimeSpan length, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan { Rate = rate, Poisson = true, Seed = seed, Duration = length };
        return RunAsync(plan, random => RequestKinds.At(random.Next(100)), cancellationToken);
    }

    /// <summary>Sends slow requests within 50 ms, and waits for the last response.</summary>
    public Task<LoadReport> CrowdAsync(int size, CancellationToken cancellationToken) => RunAsync(
        new LoadPlan { Rate = size / 0.05, Requests = size }, static _ => RequestKinds.Burst, cancellationToken);

    /// <summary>Sends requests until there is a 2xx response.</summary>
    /// <returns>The time it took; null if it took too long.</returns>
    public async Task<TimeSpan?> WaitForAnswerAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        var from = Elapsed;
        for (var ask = 0; Elapsed - from < most; ask++)
        {
            if ((await SendAsync(RequestKinds.Probe, new Random(ask), cancellationToken)).Kind == OutcomeKind.Done)
            {
                return Elapsed - from;
            }

            await Task.Delay(20, cancellationToken);
        }

        return null;
    }

    public void Dispose() => _target.Dispose();

    /// <summary>The same seed makes the same requests, independently of others.</summary>
    private Task<LoadReport> RunAsync(LoadPlan plan, Func<Random, RequestKind> choose, CancellationToken cancellationToken)
    {
        var start = unchecked(seed + (Interlocked.Increment(ref _crowds) * 1_000_003));
        return new LoadGenerator(
            plan,
            (number, token) =>
            {
                var random = new Random(unchecked(start + (int)number));
                return SendAsync(choose(random), random, token);
            })
            .RunAsync(cancellationToken);
    }

    private async Task<Outcome> SendAsync(RequestKind kind, Random random, CancellationToken cancellationToken)
    {
        var transfer = kind.Moves ? MakeTransfer(kind, random) : null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(kind.Patience is var (least, most)
            ? TimeSpan.FromMilliseconds(random.Next(least, most + 1))
            : LongestWait);
        var began = Elapsed;
        AnswerHead? head = null;
        RequestEnding ending;
        var outcome = Outcome.Deadline;
        try
        {
            (outcome, var body) = await _target.SendAsync(
                MakeRequest(kind, transfer, random), limit.Token, answered: answer => head = AnswerHead.Of(answer));
            ending = AnswerJudge.Of(kind, outcome, head!, body);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            ending = kind.Patience is null && !cancellationToken.IsCancellationRequested
                ? new RequestEnding($"no answer within {LongestWait.TotalSeconds:0} s", EndKind.Wrong)
                : new RequestEnding("client left", EndKind.Left);
        }
        catch (Exception failure)
        {
            outcome = HttpOutcome.OfFailure(failure);
            ending = kind.Streams && head?.Status == System.Net.HttpStatusCode.OK
                ? new RequestEnding("broken off in the middle", EndKind.StreamBroke)
                : new RequestEnding(outcome.Name, EndKind.Wrong);
        }

        _records.Enqueue(new RequestRecord(kind, began, Elapsed, ending, transfer));
        return outcome;
    }

    private static HttpRequestMessage MakeRequest(RequestKind kind, Transfer? transfer, Random random)
    {
        if (transfer is not null)
        {
            return new HttpRequestMessage(HttpMethod.Post, kind.Path) { Content = JsonContent.Create(transfer) };
        }

        var milliseconds = random.Next(20, 51).ToString(CultureInfo.InvariantCulture);
        return new HttpRequestMessage(
            HttpMethod.Get, kind.Path == ReadEndpoints.Slow ? $"{kind.Path}?ms={milliseconds}" : kind.Path);
    }

    private static Transfer MakeTransfer(RequestKind kind, Random random)
    {
        var payer = random.Next(1, SoakDatabase.Accounts + 1);
        var payee = random.Next(1, SoakDatabase.Accounts);
        payee += payee >= payer ? 1 : 0;
        var key = new byte[16];
        random.NextBytes(key);
        return new Transfer(new Guid(key), payer, kind.ToNobody ? 0 : payee, random.Next(1, MostAmount + 1));
    }
}
