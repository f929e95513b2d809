using Millpond.AspNetCore.LivePage.Json;
using Millpond.Engine.Load;
using Millpond.Providers;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Reads the numbers of an engine. For one caller at a time.</summary>
internal sealed class EngineReader(DbEngine engine)
{
    private const int MaxRows = 100;

    private readonly RecentCosts _costs = new();
    private readonly bool _isSqlite = engine.Source.Dialect.Syntax == SqlSyntax.Sqlite;
    private DateTimeOffset _lastFine;
    private DateTimeOffset _lastCoarse;

    public LiveEngine Read(DateTimeOffset now)
    {
        var snapshot = engine.GetSnapshot();
        var fine = engine.Watch.History.Fine();
        var recent = RecentLoad.Of(fine, _costs.Next(now, snapshot));
        var executing = snapshot.Holders.Count(static one => one.IsExecuting);
        return new LiveEngine
        {
            Name = snapshot.Name,
            Provider = snapshot.Provider,
            Server = snapshot.Server,
            Verdict = Verdict.Of(snapshot, recent, now),
            PoolSize = snapshot.PoolSize,
            Permits = snapshot.Permits,
            InUse = snapshot.InUse,
            Executing = executing,
            HeldIdle = snapshot.Holders.Count - executing,
            Opening = Math.Max(0, snapshot.InUse - snapshot.Holders.Count),
            Waiting = snapshot.Waiting,
            HasWriter = engine.Services.WriteGate is not null,
            WaitingToWrite = snapshot.WaitingToWrite,
            OldestWaitMs = Ms(snapshot.OldestWait),
            WaitP50Ms = Ms(recent.WaitP50),
            WaitP99Ms = Ms(recent.WaitP99),
            UseP50Ms = Ms(recent.UseP50),
            UseP99Ms = Ms(recent.UseP99),
            HeldIdleShare = Math.Round(recent.IdleShare, 4),
            SessionsPerSecond = recent.SessionsPerSecond,
            RejectedPerSecond = recent.RejectedPerSecond,
            TimedOutPerSecond = recent.TimedOutPerSecond,
            ResumeLagMs = Ms(snapshot.ResumeLag),
            ThreadPoolQueue = ThreadPool.PendingWorkItemCount,
            Rejected = snapshot.Rejected,
            TimedOut = snapshot.TimedOut,
            Commits = snapshot.Commits,
            Rollbacks = snapshot.Rollbacks,
            Retries = snapshot.Retries,
            SynchronousCalls = snapshot.SynchronousCalls,
            IsOverloaded = snapshot.IsOverloaded,
            IsStopping = snapshot.IsDraining,
            DownSince = snapshot.DownSince,
            ServerLimit = snapshot.ServerLimit is { } limit
                ? new LiveLimit(limit.Name, limit.Usable, limit.Workers, limit.Wanted, limit.IsBehindPooler, limit.Advice) : null,
            Advice = snapshot.Advice is { } advice
                ? new LiveAdvice(advice.Needed, advice.NeededWithoutIdle, Math.Round(advice.Busy, 2), Ms(advice.Wait)) : null,
            Costs = recent.Costs,
            Holders = [.. snapshot.Holders.Take(MaxRows).Select(Describe)],
            Waiters = [.. snapshot.Waiters.Take(MaxRows).Select(static one =>
                new LiveWaiter(one.SessionId, one.Operation, Ms(one.Waited), one.WaitsToWrite))],
            Operations = [.. snapshot.Operations.Select(Describe)],
            Findings = [.. snapshot.Findings.Select(Describe)],
        };
    }

    public LiveCharts ReadCharts() =>
        new(engine.Name, Columns(engine.Watch.History.Fine(), LoadHistory.FinePeriod),
            Columns(engine.Watch.History.Coarse(), LoadHistory.CoarsePeriod));

    public LiveCharts ReadNewSamples()
    {
        LoadSample[] fine = [.. engine.Watch.History.Fine().SkipWhile(one => one.At <= _lastFine)];
        LoadSample[] coarse = [.. engine.Watch.History.Coarse().SkipWhile(one => one.At <= _lastCoarse)];
        _lastFine = fine is [.., var newest] ? newest.At : _lastFine;
        _lastCoarse = coarse is [.., var last] ? last.At : _lastCoarse;
        return new LiveCharts(
            engine.Name, Columns(fine, LoadHistory.FinePeriod), Columns(coarse, LoadHistory.CoarsePeriod));
    }

    private LiveHolder Describe(HolderSnapshot one) => new(
        one.SessionId,
        one.Operation,
        one.CallSite,
        one.TraceId,
        Ms(one.Held),
        one.IsExecuting,
        Ms(one.TimeInState),
        Ms(one.Idle),
        one.CommandCount,
        one.LastCommand is { } text ? Literals.Hide(text, _isSqlite) : null,
        one.IsWriter);

    private static LiveOperation Describe(OperationSnapshot one) => new(
        one.Operation,
        one.Sessions,
        Ms(one.PoolTime),
        Math.Round(one.PoolShare, 4),
        one.PoolTime > TimeSpan.Zero ? Math.Round(Math.Min(1, one.Idle / one.PoolTime), 4) : 0,
        one.Sessions > 0 ? Ms(one.PoolTime / one.Sessions) : 0,
        Ms(one.HoldP99),
        one.Rollbacks,
        one.Rejections,
        one.Retries);

    private LiveFinding Describe(FindingSnapshot one) => new(
        one.Id,
        one.Kind,
        one.Operation,
        one.Message,
        one.Remedy,
        one.Kind is FindingKind.Leak or FindingKind.SharedSession or FindingKind.NestedSession or FindingKind.RepeatedStatement
            ? [.. one.Sites.Select(site => Literals.HideInSite(site, _isSqlite))]
            : one.Sites,
        one.Count,
        one.FirstSeen,
        one.LastSeen);

    private static LiveSeries Columns(LoadSample[] samples, TimeSpan period)
    {
        var seconds = period.TotalSeconds;
        return new LiveSeries
        {
            At = [.. samples.Select(static one => one.At.ToUnixTimeMilliseconds() / 1000.0)],
            Executing = [.. samples.Select(static one => one.Executing)],
            HeldIdle = [.. samples.Select(static one => one.HeldIdle)],
            Opening = [.. samples.Select(static one => one.Opening)],
            Waiting = [.. samples.Select(static one => one.Waiting + one.WaitingToWrite)],
            WaitP50Ms = [.. samples.Select(static one => Ms(one.WaitP50))],
            WaitP99Ms = [.. samples.Select(static one => Ms(one.WaitP99))],
            UseP50Ms = [.. samples.Select(static one => Ms(one.UseP50))],
            UseP99Ms = [.. samples.Select(static one => Ms(one.UseP99))],
            Sessions = [.. samples.Select(one => one.Sessions / seconds)],
            Refused = [.. samples.Select(one => (one.Rejected + one.TimedOut) / seconds)],
            ResumeLagMs = [.. samples.Select(static one => Ms(one.ResumeLag))],
        };
    }

    private static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);
}
