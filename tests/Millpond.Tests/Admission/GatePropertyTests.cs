using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>Random sequences of everything that can be done to a gate, compared with a model of it step by step.</summary>
public sealed class GatePropertyTests
{
    private enum Kind
    {
        Enter,
        EnterHurried,
        Release,
        Cancel,
        Pass,
        Resize,
        Close,
    }

    [Fact]
    public void G06_The_gate_behaves_like_its_model()
    {
        var step = Gen.Select(
            Gen.Frequency(
                (8, Gen.Const(Kind.Enter)),
                (2, Gen.Const(Kind.EnterHurried)),
                (7, Gen.Const(Kind.Release)),
                (3, Gen.Const(Kind.Cancel)),
                (2, Gen.Const(Kind.Pass)),
                (2, Gen.Const(Kind.Resize)),
                (1, Gen.Const(Kind.Close))),
            Gen.Int[0, 40]);
        Gen.Select(Gen.Int[1, 4], step.Array[1, 60]).Sample(
            static (permits, steps) => Compare(permits, steps), iter: 5_000, threads: 1);
    }

    private static void Compare(int permits, (Kind Kind, int Number)[] steps)
    {
        var time = new FakeTimeProvider();
        using var gate = new SessionGate("random", permits, time);
        var model = new GateModel(permits);
        List<(ValueTask<Permit> Entering, CancellationTokenSource Patience)> visits = [];
        foreach (var (kind, number) in steps)
        {
            var chosen = visits.Count == 0 ? -1 : number % visits.Count;
            switch (kind)
            {
                case Kind.Enter or Kind.EnterHurried:
                    var patience = kind == Kind.Enter ? 1_000_000 : 50;
                    var source = new CancellationTokenSource();
                    model.Enter(visits.Count, patience);
                    var deadline = Deadline.After(TimeSpan.FromMilliseconds(patience), time);
                    visits.Add((gate.EnterAsync(deadline, null, source.Token), source));
                    break;
                case Kind.Release when chosen >= 0 && model.Granted.Contains(chosen):
                    visits[chosen].Entering.Result.Release();
                    visits[chosen] = (ValueTask.FromCanceled<Permit>(new(canceled: true)), visits[chosen].Patience);
                    model.Release(chosen);
                    break;
                case Kind.Cancel when chosen >= 0:
                    visits[chosen].Patience.Cancel();
                    model.Cancel(chosen);
                    break;
                case Kind.Pass:
                    const int Longer = 100;   // longer than any short deadline; deadlines are checked every 10 ms
                    time.Advance(TimeSpan.FromMilliseconds(Longer));
                    model.Pass(Longer);
                    break;
                case Kind.Resize:
                    gate.Resize(1 + (number % 5));
                    model.Resize(1 + (number % 5));
                    break;
                case Kind.Close when number == 0:   // rarely, because little happens afterwards
                    gate.Close();
                    model.Close();
                    break;
                default:
                    break;
            }

            AssertSame(gate, model, visits);
        }

        visits.ForEach(static visit => visit.Patience.Dispose());
    }

    private static void AssertSame(
        SessionGate gate, GateModel model, List<(ValueTask<Permit> Entering, CancellationTokenSource Patience)> visits)
    {
        var now = gate.GetSnapshot();
        Assert.Equal((model.InUse, model.Waiting, model.IsClosed), (now.InUse, now.Waiting, now.IsClosed));
        for (var visit = 0; visit < visits.Count; visit++)
        {
            var entering = visits[visit].Entering;
            if (model.Granted.Contains(visit))
            {
                Assert.True(entering.IsCompletedSuccessfully, $"{visit} was granted a permit and does not know.");
            }
            else
            {
                Assert.False(entering.IsCompletedSuccessfully, $"{visit} was granted a permit that it must not have.");
                Assert.True(entering.IsCompleted || !model.Ended.Contains(visit), $"{visit} still waits.");
            }
        }
    }
}
