using System.Diagnostics;
using Millpond.Testing.Clones;

namespace Millpond.Testing.Sweeps;

/// <summary>Repeats a test with a different fault at a different place each time, and checks the result.</summary>
internal sealed class FaultSweep(
    TestDatabase database, Clone clone, Func<CancellationToken, Task> act, Func<Task>? arrange, Func<int>? effects)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FaultProxy _proxy = database.Faults.Proxy;
    private string _nothing = "";
    private string _all = "";
    private int _effects;
    private int _runs;

    /// <summary>Runs the sweep.</summary>
    /// <returns>How many times the test ran with a fault.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (await clone.ResetAsync().ConfigureAwait(false) is { } doubt)
        {
            throw new TestDatabaseException($"The sweep cannot begin, because {doubt}. Arrange rows in 'arrange'.");
        }

        await clone.KeepSeedsAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RecordAsync(cancellationToken).ConfigureAwait(false);
            await TryEverywhereAsync(cancellationToken).ConfigureAwait(false);
            return _runs;
        }
        finally
        {
            if (clone.HasSeeds)
            {
                clone.Doubt = "a sweep has rewritten the template's rows";
            }
        }
    }

    private async Task TryEverywhereAsync(CancellationToken cancellationToken)
    {
        FaultPoint[] places =
        [
            new(default, WireSide.Client, 1) { IsStatement = true },
            new(default, WireSide.Client, 1) { Text = "commit" },
        ];
        foreach (var place in places)
        {
            var next = place;
            while (await TryAllAsync(next, cancellationToken).ConfigureAwait(false))
            {
                next = next with { Number = next.Number + 1 };
            }
        }
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        _nothing = await clone.ReadStateAsync(cancellationToken).ConfigureAwait(false);
        var before = effects?.Invoke() ?? 0;
        await act(cancellationToken).ConfigureAwait(false);
        await clone.AtRestAsync().ConfigureAwait(false);
        _all = await clone.ReadStateAsync(cancellationToken).ConfigureAwait(false);
        _effects = (effects?.Invoke() ?? 0) - before;
        if (_all == _nothing)
        {
            throw new TestDatabaseException(
                "The test that is to be swept persists nothing, so a fault could not do harm. Sweep one that writes.");
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _proxy.Heal();
        if (await clone.ResetAsync().ConfigureAwait(false) is { } doubt)
        {
            throw new TestDatabaseException($"The sweep cannot go on, because {doubt}.");
        }

        await (arrange?.Invoke() ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryAllAsync(FaultPoint place, CancellationToken cancellationToken)
    {
        foreach (var fault in SweepFault.All)
        {
            if (!await TryAsync(place, fault, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <returns>False if the test has no such place.</returns>
    private async Task<bool> TryAsync(FaultPoint place, SweepFault fault, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        var before = effects?.Invoke() ?? 0;
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var armed = _proxy.Arm(fault.Point(place) with { Release = caller.Token });
        if (fault == SweepFault.Cancellation)
        {
            _ = armed.Occurred.ContinueWith(_ => caller.Cancel(), TaskScheduler.Default);
        }

        Exception? thrown = null;
        try
        {
            await act(caller.Token).WaitAsync(Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            thrown = error;
        }

        _proxy.Heal();
        if (!armed.HasOccurred)
        {
            return thrown is null ? false : throw Violation("without a fault", "the test failed", thrown);
        }

        _runs++;
        var isCommit = place.Text is not null;
        var where = string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{fault.Name}, at {(isCommit ? $"COMMIT {place.Number}" : $"statement {place.Number}")}: {armed.Statement}");
        await JudgeAsync(where, fault.LosesAnswer, thrown, before, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task JudgeAsync(
        string where, bool mayBeUnknown, Exception? thrown, int before, CancellationToken cancellationToken)
    {
        if ((await LeftOpenAsync().ConfigureAwait(false) ?? await clone.AtRestAsync().ConfigureAwait(false)) is { } leak)
        {
            throw Violation(where, leak, thrown);
        }

        var state = await clone.ReadStateAsync(cancellationToken).ConfigureAwait(false);
        var sent = (effects?.Invoke() ?? 0) - before;
        var fault = state == _all ? AgainstAll(thrown, mayBeUnknown, sent)
            : state == _nothing ? AgainstNothing(thrown, sent)
            : $"a part was persisted.\nBefore:\n{_nothing}\nComplete:\n{_all}\nNow:\n{state}";
        if (fault is not null || thrown is NullReferenceException or ObjectDisposedException or TimeoutException)
        {
            throw Violation(where, fault ?? "the test got an error that says nothing of the cause", thrown);
        }
    }

    private string? AgainstAll(Exception? thrown, bool mayBeUnknown, int sent) =>
        thrown is not null && !mayBeUnknown ? "everything was persisted, although the test got an error"
        : thrown is null && sent != _effects ? $"{sent} external effects happened instead of {_effects}"
        : null;

    private static string? AgainstNothing(Exception? thrown, int sent) =>
        thrown is null ? "nothing was persisted, although the test got no error"
        : sent != 0 ? $"{sent} external effects happened, although nothing was persisted"
        : null;

    /// <summary>Returns what is left open. A doubtful connection is closed in the background, which may take a
    /// moment.</summary>
    private async Task<string?> LeftOpenAsync()
    {
        for (var waited = 0; database.Engine.GetSnapshot() is { InUse: > 0 } now; waited++)
        {
            if (waited == 2_000)
            {
                return $"{now.InUse} sessions were left open: " +
                    string.Join("; ", now.Holders.Select(static one => one.Operation));
            }

            await Task.Delay(1).ConfigureAwait(false);
        }

        return null;
    }

    private DatabaseExpectException Violation(string where, string what, Exception? thrown)
    {
        var message = $"Sweep: {where}: {what}";
        if (thrown is not null)
        {
            message += $"\nThe test got {thrown.GetType().Name}: {thrown.Message}{LineOf(thrown)}";
        }

        database.MarkFailed(message);
        return new DatabaseExpectException(message, thrown);
    }

    /// <summary>Finds the test's line that got the error.</summary>
    private string LineOf(Exception thrown)
    {
        var own = act.Method.Module;
        var frame = new StackTrace(thrown, fNeedFileInfo: true).GetFrames()
            .FirstOrDefault(one => one.GetMethod()?.Module == own && one.GetFileName() is not null);
        return frame is null ? "" : FormattableString.Invariant($" at {frame.GetFileName()}:line {frame.GetFileLineNumber()}");
    }
}
