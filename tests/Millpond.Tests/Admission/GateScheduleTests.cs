using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Millpond.Tests.Admission.Schedules;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>Small cases of the gate in every order of their steps: each compare-and-swap of its word, each time its lock is
/// taken and left.</summary>
public sealed class GateScheduleTests
{
    public static TheoryData<string> Cases => [.. Known.Keys];

    /// <summary>Gets the cases: the actions of the threads on a gate with a number of permits, all or none of which are
    /// held.</summary>
    private static Dictionary<string, (int Permits, int Held, Action<Case>[] Threads)> Known { get; } = new()
    {
        ["enter, release"] = (1, 1, [Enter, Release]),
        ["enter, enter, release"] = (1, 1, [Enter, Enter, Release]),
        ["enter and leave, enter and leave"] = (1, 0, [EnterAndLeave, EnterAndLeave]),
        ["enter, cancel, release"] = (1, 1, [Enter, Cancel, Release]),
        ["enter, timeout, release"] = (1, 1, [Enter, TimeOut, Release]),
        ["enter, cancel, timeout"] = (1, 1, [Enter, Cancel, TimeOut]),
        ["enter, close, release"] = (1, 1, [Enter, Close, Release]),
        ["enter, grow"] = (1, 1, [Enter, Grow]),
        ["enter, grow, release"] = (1, 1, [Enter, Grow, Release]),
        ["shrink, release, release"] = (2, 2, [Shrink, Release, Release]),
        ["shrink, enter, release"] = (2, 1, [Shrink, Enter, Release]),
        ["shrink, grow, release"] = (2, 2, [Shrink, Grow, Release]),
        ["shrink, enter, close"] = (2, 2, [Shrink, Enter, Close]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void G06_Every_interleaving_of_the_gates_steps_is_consistent(string name)
    {
        var (permits, held, threads) = Known[name];
        var orders = Explorer.Run(
            () =>
            {
                var one = new Case(permits, held);
                return (Array.ConvertAll(threads, thread => (Action)(() => thread(one))), one.Check);
            },
            most: 100_000);
        Assert.True(orders > 3, $"{orders}");
    }

    private static void Enter(Case one) => one.Enter();

    private static void EnterAndLeave(Case one)
    {
        if (one.Enter(keep: false) is { IsCompletedSuccessfully: true } entered)
        {
            entered.Result.Release();
        }
    }

    private static void Release(Case one) => one.ReleaseHeld();

    private static void Cancel(Case one)
    {
        GateSteps.BeforeSwap();   // otherwise it ends before anyone arrives
        one.Patience.Cancel();
    }

    private static void TimeOut(Case one)
    {
        GateSteps.BeforeSwap();
        one.Time.Advance(TimeSpan.FromSeconds(10));
    }

    private static void Close(Case one) => one.Gate.Close();

    private static void Grow(Case one) => one.Resize(1);

    private static void Shrink(Case one) => one.Resize(-1);

    /// <summary>A gate, its callers, and the conditions at the end.</summary>
    private sealed class Case
    {
        private readonly Lock _lock = new();
        private readonly Stack<Permit> _held = new();
        private readonly List<ValueTask<Permit>> _entered = [];
        private int _permits;

        public Case(int permits, int held)
        {
            Gate = new SessionGate("small", permits, Time, new OverloadControl(
                new AdmissionSettings(TimeSpan.FromMilliseconds(25), 10),
                Time));
            _permits = permits;
            for (var i = 0; i < held; i++)
            {
                Assert.True(Gate.TryEnter(out var permit));
                _held.Push(permit);
            }
        }

        public FakeTimeProvider Time { get; } = new();

        public SessionGate Gate { get; }

        public CancellationTokenSource Patience { get; } = new();

        /// <param name="keep">Whether a permit that is granted at once comes back at the end only.</param>
        public ValueTask<Permit> Enter(bool keep = true)
        {
            ValueTask<Permit> entering;
            try
            {
                var deadline = Deadline.After(TimeSpan.FromSeconds(5), Time);
                entering = Gate.EnterAsync(deadline, null, Patience.Token);
            }
            catch (OperationCanceledException error)
            {
                return ValueTask.FromCanceled<Permit>(error.CancellationToken);
            }

            if (keep || !entering.IsCompleted)
            {
                lock (_lock)
                {
                    _entered.Add(entering);
                }
            }

            return entering;
        }

        public void ReleaseHeld()
        {
            Permit permit;
            lock (_lock)
            {
                permit = _held.Pop();
            }

            permit.Release();
        }

        public void Resize(int by)
        {
            int permits;
            lock (_lock)
            {
                permits = _permits += by;
            }

            Gate.Resize(permits);
        }

        /// <summary>Compares the gate's books with what happened, has everything come back, and sees that all is there.</summary>
        public void Check()
        {
            var now = Gate.GetSnapshot();
            var waiting = _entered.Count(static one => !one.IsCompleted);
            Assert.Equal(waiting, now.Waiting);
            Assert.True(waiting == 0 || now.InUse >= now.Permits, "Somebody waits although a permit is free.");
            while (_held.TryPop(out var held))
            {
                held.Release();
            }

            for (int at; (at = _entered.FindIndex(static one => one.IsCompletedSuccessfully)) >= 0; _entered.RemoveAt(at))
            {
                _entered[at].Result.Release();
            }

            Assert.True(_entered.TrueForAll(static one => one.IsCompleted), "Somebody was forgotten.");
            var left = Gate.GetSnapshot();
            Assert.Equal((0, 0), (left.InUse, left.Waiting));
            if (!left.IsClosed)
            {
                Assert.True(Enumerable.Range(0, left.Permits).All(_ => Gate.TryEnter(out var _)), "A permit is lost.");
                Assert.False(Gate.TryEnter(out _), "There is one too many.");
            }

            Gate.Dispose();
            Patience.Dispose();
        }
    }
}
